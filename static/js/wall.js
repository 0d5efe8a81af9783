/* The wall after it has been opened: asks by the minute what changed and puts it into the elements that are there, goes round its views,
   and says calmly when the network, the sign-in or the address is gone. All words come from the page. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const OLD_MINUTES = 5;

  class WallPage {
    constructor(head) {
      this.head = head;
      this.words = JSON.parse(document.querySelector('[data-wall-words]').textContent);
      this.box = document.querySelector('[data-gridmap]');
      this.say = document.querySelector('[data-wall-say]');
      this.tag = null;
      this.trouble = null;
      this.heard(head.dataset.asOf);
      this.formats = {};
      const zone = { timeZone: this.words.zone };
      [['day', { month: this.words.language.startsWith('zh') ? 'long' : 'short', day: 'numeric' }], ['weekday', { weekday: 'short' }], ['time', { hour: '2-digit', minute: '2-digit', hour12: false }]]
        .forEach(([name, form]) => { this.formats[name] = new Intl.DateTimeFormat(this.words.language, Object.assign(form, zone)); });
      this.tick();
      root.setInterval(() => this.tick(), 5000);
      root.setInterval(() => this.refresh(), Number(head.dataset.refreshSeconds) * 1000);
      root.addEventListener('online', () => this.refresh());
      this.rotate();
    }

    /** The server's clock counts, not the wall's own, which nobody sets. */
    heard(moment) {
      this.asOf = new Date(moment).getTime();
      this.heardAt = root.performance.now();
    }

    now() { return this.asOf + root.performance.now() - this.heardAt; }

    tick() {
      const now = new Date(this.now());
      const say = (name, moment) => this.formats[name].format(moment);
      put(document.querySelector('[data-wall-clock]'), gm.fill(this.words.clock, { day: say('day', now), weekday: say('weekday', now), time: say('time', now) }));
      const minutes = Math.floor((now.getTime() - this.asOf) / 60000);
      const old = minutes >= OLD_MINUTES;
      const values = { time: say('time', new Date(this.asOf)), minutes };
      put(document.querySelector('[data-wall-as-of]'), gm.fill(old ? this.words.old : this.words.as_of, values));
      document.body.classList.toggle('is-old', old);
      document.body.classList.toggle('is-closed', this.trouble === 'closed');
      this.say.hidden = !this.trouble;
      put(this.say, this.trouble ? gm.fill(this.words[this.trouble], values) : '');
    }

    async refresh() {
      const headers = { Accept: 'application/json' };
      if (this.tag) headers['If-None-Match'] = this.tag;
      try {
        const answer = await root.fetch(this.head.dataset.url, { credentials: 'same-origin', headers, cache: 'no-store' });
        if (answer.status === 200 || answer.status === 304) {
          if (answer.status === 200) { this.show(await answer.json()); this.tag = answer.headers.get('ETag'); }
          this.heard(answer.headers.get('X-As-Of'));
          this.trouble = null;
        } else this.trouble = { 401: 'signed_out', 403: 'closed', 404: 'closed', 410: 'closed' }[answer.status] || 'offline';
      } catch (fault) {
        this.trouble = 'offline';
      }
      this.tick();
    }

    /** Put what was answered into the elements that are there; nothing that stays the same is touched. */
    show(fresh) {
      document.querySelectorAll('[data-wall-text]').forEach((place) => {
        const text = fresh.texts[place.getAttribute('data-wall-text')];
        if (text === undefined) return;
        put(place, text);
        if (place.closest('.wall-figures')) place.classList.toggle('is-band', text.length > 4);
      });
      document.querySelectorAll('[data-wall-row]').forEach((row) => { row.hidden = !fresh.shown.includes(row.getAttribute('data-wall-row')); });
      document.querySelectorAll('[data-wall-bar]').forEach((bar) => {
        const parts = fresh.bars[bar.getAttribute('data-wall-bar')] || [];
        const [from, long] = bar.getAttribute('data-wall-way') === 'up' ? ['y', 'height'] : ['x', 'width'];
        bar.querySelectorAll('rect').forEach((part, k) => {
          const [at, length] = parts[k] || [0, 0];
          part.setAttribute(from, at);
          part.setAttribute(long, length);
        });
      });
      this.paint(fresh);
    }

    paint(fresh) {
      const map = this.box.gridMap;
      if (!map || !map.state.counts) return;
      if (fresh.geometry !== map.state.counts.geometry || fresh.months[0] !== map.state.counts.months[0]) { root.location.reload(); return; }
      if (JSON.stringify(fresh.counts) === JSON.stringify(map.state.counts.counts)) return;
      map.kind.take(map, fresh);
      map.show();
    }

    rotate() {
      this.views = Array.from(document.querySelectorAll('.wall-views [data-gm-measure]'), (link) => link.getAttribute('data-gm-measure'));
      this.pause = document.querySelector('[data-wall-pause]');
      if (this.views.length < 2) return;
      const still = root.matchMedia('(prefers-reduced-motion: reduce)');
      this.running = !still.matches;
      still.addEventListener('change', () => { if (still.matches) this.run(false); });
      root.setInterval(() => { if (this.running) this.step(1); }, Number(this.head.dataset.seconds) * 1000);
      this.pause.addEventListener('click', () => this.run(!this.running));
      document.addEventListener('keydown', (event) => this.key(event));
      this.run(this.running);
    }

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('a, button, input, .map-box')) return;
      if (event.key === ' ') { event.preventDefault(); this.run(!this.running); }
      if (event.key === 'ArrowRight') this.step(1);
      if (event.key === 'ArrowLeft') this.step(-1);
    }

    run(on) {
      this.running = on && !root.matchMedia('(prefers-reduced-motion: reduce)').matches;
      put(this.pause.querySelector('span'), this.running ? this.words.pause : this.words.resume);
      const use = this.pause.querySelector('use');
      if (use) use.setAttribute('href', use.getAttribute('href').replace(/#.*/, this.running ? '#pause-fill' : '#play-fill'));
    }

    step(by) {
      const map = this.box.gridMap;
      if (!map || !map.state.counts) return;
      const at = this.views.indexOf(map.state.view);
      map.state.view = this.views[(at + by + this.views.length) % this.views.length];
      map.show();
    }
  }

  function put(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  function begin() {
    const head = document.querySelector('[data-wall]');
    if (head) gm.wall = new WallPage(head);
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
