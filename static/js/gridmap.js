/* The heat map of cells. Folium has made the Leaflet map; this file fetches geometry and counts, paints, and links map, legend, ranking,
   months and table. The page is described in gridmediate/maps/page.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const TOUCH = 44;

  class GridMap {
    constructor(box) {
      this.box = box;
      this.config = JSON.parse(document.querySelector('[data-gm-words]').textContent);
      const address = new URLSearchParams(root.location.search);
      const views = this.config.measures.map((rule) => rule.name).concat('alert');
      this.urls = { cases: box.dataset.casesUrlTemplate || '', inside: box.dataset.insideUrlTemplate || '' };
      this.state = { config: this.config, urls: this.urls, view: views.includes(address.get('measure')) ? address.get('measure') : box.dataset.measure || 'open',
        picked: null, tongue: this.config.language.startsWith('en') ? 1 : 0 };
      this.wantedMonth = address.get('month');
      this.find = (name) => document.querySelector(`[data-gm-${name}]`);
    }

    async start(map) {
      this.map = map;
      const { dataset } = this.box;
      const [geometry, counts] = await Promise.all([gm.fetchJson(dataset.geometryUrl), gm.fetchJson(dataset.countsUrl)]);
      const state = this.state;
      state.grid = gm.readGrid(geometry, state.tongue);
      state.grid.tongue = state.tongue;
      this.base = new gm.BaseMap(state.grid.plane);
      this.counts(await this.withDeeds(counts));
      this.layers();
      this.controls();
      this.fit();
      this.show();
      if (dataset.basemapUrl) {
        this.base.read(await gm.fetchJson(dataset.basemapUrl), state.tongue);
        this.base.list(state.grid.communities.filter((area) => area.buildings), dataset.buildingsUrl);
        this.base.onchange = () => this.repaint();
        this.repaint();
      }
      this.box.setAttribute('data-gm-ready', '');
    }

    /** A measure that is made of deeds brings its own counts, when it is first looked at. */
    async withDeeds(counts) {
      const rule = this.config.measures.find((each) => each.name === this.state.view);
      if (!rule || rule.deeds.every((key) => counts.keys.includes(key))) return counts;
      const url = new URL(this.box.dataset.countsUrl, root.location.href);
      url.searchParams.set('measure', rule.name);
      const more = await gm.fetchJson(url.href);
      const rows = more.months.map((month) => counts.months.indexOf(month));
      const keys = counts.keys.concat(more.keys);
      const merged = counts.counts.map((row, at) => row.concat(more.counts[rows.indexOf(at)] || more.keys.map(() => '')));
      return Object.assign({}, counts, { keys, counts: merged });
    }

    /** Change the view, with what it needs. */
    async see(view) {
      this.state.view = view;
      try {
        const { at } = this.state;
        this.wantedMonth = this.state.counts.months[at];
        this.counts(await this.withDeeds(this.state.counts));
      } catch (fault) {
        root.console.warn('map', fault);
      }
      if (this.state.view === view) this.show();
    }

    counts(counts) {
      const at = counts.months.indexOf(this.wantedMonth);
      this.state.counts = counts;
      this.state.at = at < 0 ? counts.months.length - 1 : at;
      this.state.month = gm.readMonth(counts, this.state.at, this.state.grid.cells.length);
    }

    layers() {
      const { map, base, state } = this;
      const { grid } = state;
      this.colour = gm.palette(this.box);
      this.font = root.getComputedStyle(this.box).fontFamily;
      gm.addPane(map, 'gm-ground', 200);
      gm.addPane(map, 'gm-cells', 400, true);
      gm.addPane(map, 'gm-over', 410);
      gm.addPane(map, 'gm-pick', 420);
      gm.addPane(map, 'gm-names', 430);
      this.community = new Path2D();
      grid.communities.forEach((area) => area.rings.forEach((flat) => gm.trace(this.community, flat, true)));
      this.outline = new Path2D();
      this.cellLines = new Path2D();
      if (grid.cells.length <= 3000) grid.cells.forEach((cell) => cell.rings.forEach((flat) => gm.trace(this.cellLines, flat, true)));
      grid.outline.forEach((flat) => gm.trace(this.outline, flat, true));
      this.fit();
      state.classes = gm.classify(state.view, this.config, state.month, grid.cells);
      this.tiles = gm.addTiles(map, this.box, () => this.repaint());
      /** The drawn ground and its names give way to tiles, which bring their own. */
      this.drawn = () => !(this.tiles && this.tiles.shown);
      this.ground = new gm.PaintLayer(grid.plane, (ctx, view) => { if (this.drawn()) { base.want(view); base.ground(ctx, view, this.colour); } }, { pane: 'gm-ground' }).addTo(map);
      this.cells = gm.makeCells(map, grid, 'gm-cells');
      this.cells.colour(this.colour);
      this.over = new gm.PaintLayer(grid.plane, (ctx, view) => this.drawOver(ctx, view), { pane: 'gm-over' }).addTo(map);
      this.names = new gm.PaintLayer(grid.plane, (ctx, view) => this.drawNames(ctx, view), { pane: 'gm-names' }).addTo(map);
      this.pickLine = L.svg({ pane: 'gm-pick' });
      this.cells.on('pick', (event) => this.picked(event));
      this.cells.on('focus', (event) => this.ring(event.cell));
      // Names of tiles lie under the cells, so the cells let more through.
      const zoomed = () => this.box.style.setProperty('--gm-fill', Math.max(0.45, Math.min(this.drawn() ? 0.9 : 0.7, 0.9 - (map.getZoom() - 15.6) * 0.18)));
      map.on('zoomend', zoomed);
      zoomed();
    }

    fit() {
      const { map, state } = this;
      map.invalidateSize({ animate: false });
      // On a wall the legend stands on the map itself, so the cells keep clear of it.
      const edge = this.phone() ? [8, 8] : [18, 14];
      const left = this.box.dataset.size === 'wall' ? [228 * this.grown(), 14 * this.grown()] : edge;
      map.fitBounds(state.grid.bounds, { animate: false, paddingTopLeft: left, paddingBottomRight: edge });
      map.setMinZoom(map.getZoom() - 1.5);
      map.setMaxBounds(state.grid.bounds.pad(0.6));
    }

    /** A wall grows with its screen: everything that is drawn in pixels grows with the page's type. */
    grown() { return this.box.dataset.size === 'wall' ? parseFloat(root.getComputedStyle(document.documentElement).fontSize) / 16 : 1; }

    phone() { const line = this.find('picked'); return !!line && line.offsetParent !== null; }

    drawOver(ctx, view) {
      const { colour } = this;
      if (this.drawn()) this.base.over(ctx, view, colour);
      gm.veil(ctx, view, this.state.grid.outline, colour);
      if (this.drawn()) this.base.fade(ctx, view, colour);
      ctx.lineJoin = 'round';
      const wide = (view.zoom > 13 ? 1 : 0.6) * this.grown();
      ctx.strokeStyle = colour('map-cell-hair');
      ctx.lineWidth = 0.7 * wide / view.scale;
      ctx.stroke(this.cellLines);
      ctx.strokeStyle = colour('map-community-line');
      ctx.lineWidth = 1.7 * wide / view.scale;
      ctx.stroke(this.community);
      ctx.strokeStyle = colour('map-outline');
      ctx.lineWidth = 2.8 * wide / view.scale;
      ctx.stroke(this.outline);
    }

    drawNames(ctx, view) {
      view.pixels();
      const { state, colour } = this;
      const phone = this.phone();
      const big = this.box.dataset.size === 'wall';
      const writer = new gm.Writer(ctx, view, colour, this.font);
      const [left, top, right] = view.seen;
      if (!phone) writer.take([right - 70, top, right, top + 112]);
      const grown = this.grown();
      this.badges(writer, view, big ? 15 * grown : 12);
      writer.keepClear(state.grid.outline);
      const size = big ? 21 * grown : 15;
      state.grid.communities.forEach((area) => {
        const [x, y] = view.px(area.at.x, area.at.y);
        const step = size * 1.7;
        const tries = [[0, 0], [0, -step], [0, step], [-step * 1.6, -step], [step * 1.6, step], [step * 1.6, -step], [-step * 1.6, step], [0, -2 * step], [0, 2 * step], [-step * 2, 0], [step * 2, 0]];
        if (area.at.reach * view.scale > 22) writer.name(phone || state.tongue ? area.short : area.name, x, y, { size, tries, halo: 5 * grown });
      });
      if (this.drawn() && (right - left > 560 || view.zoom > 14.6)) writer.streets(this.base, big ? 19 * grown : 13, grown);
      if (big) return;
      this.shortNames(writer, view);
      if (!this.drawn()) return;
      writer.places(this.base, 12);
      writer.numbers(this.base, this.config.words);
    }

    shortNames(writer, view) {
      if (this.urls.inside) return; // communities and streets have their names already
      this.state.grid.cells.forEach((cell) => {
        if (cell.at.reach * view.scale < 62) return;
        const [x, y] = view.px(cell.at.x, cell.at.y);
        writer.name(cell.short, x, y, { size: 13, weight: 400, colour: 'ink-2', halo: 3.5, tries: [[0, 24], [0, -24], [0, 0]] });
      });
    }

    badges(writer, view, r) {
      const { state, colour } = this;
      const { ctx } = view;
      state.grid.cells.forEach((cell) => {
        const room = cell.at.reach * view.scale;
        if (room < r * 0.75) return;
        const [x, y] = view.px(cell.at.x, cell.at.y);
        if (x < -r || y < -r || x > view.size.x + r || y > view.size.y + r) return;
        if (state.view === 'alert') {
          if (state.classes[cell.index] > 0) this.shape(ctx, gm.alertLevels[state.classes[cell.index]], x, y, r * 1.25, writer);
          return;
        }
        const late = { low: state.month.late.low[cell.index], high: state.month.late.high[cell.index] };
        if (!late.high) return;
        if (late.high === 1) { this.shape(ctx, 'late', x, y, r * 1.1, writer); return; }
        if (late.low !== late.high && room < r * 1.2) return;
        ctx.beginPath();
        ctx.arc(x, y, late.low === late.high ? r : r * 1.25, 0, 2 * Math.PI);
        ctx.fillStyle = colour('map-badge');
        ctx.fill();
        ctx.lineWidth = 2.2 * this.grown();
        ctx.strokeStyle = colour('map-badge-ring');
        ctx.stroke();
        writer.style(late.low === late.high || this.box.dataset.size === 'wall' ? r * 1.2 : r * 0.95, 600, 'map-badge-text');
        ctx.fillText(gm.say(late, 0, this.config.language), x, y + 0.5);
        writer.take([x - r - 2, y - r - 2, x + r + 2, y + r + 2]);
      });
    }

    shape(ctx, level, x, y, size, writer) {
      const { colour } = this;
      ctx.save();
      ctx.translate(x - size / 2, y - size / 2);
      ctx.scale(size / 16, size / 16);
      const path = new Path2D(level === 'late' ? gm.alertShapes.red : gm.alertShapes[level]);
      ctx.lineJoin = 'round';
      ctx.lineWidth = 3;
      ctx.strokeStyle = colour('map-badge');
      ctx.stroke(path);
      ctx.fillStyle = colour(level === 'late' ? 'map-late' : `map-al-${level}`);
      ctx.fill(path);
      if (level === 'yellow') { ctx.lineWidth = 1.4; ctx.strokeStyle = colour('al-yellow-edge'); ctx.stroke(path); }
      ctx.restore();
      writer.take([x - size / 2 - 2, y - size / 2 - 2, x + size / 2 + 2, y + size / 2 + 2]);
    }

    repaint() {
      this.colour = gm.palette(this.box);
      this.cells.colour(this.colour);
      [this.ground, this.over, this.names].forEach((layer) => layer.redraw());
    }

    /** Paint the chosen measure and month, and everything that tells them. */
    show() {
      const { state, config } = this;
      const began = root.performance.now();
      state.classes = gm.classify(state.view, config, state.month, state.grid.cells);
      const rule = config.measures.find((each) => each.name === state.view);
      this.cells.paint(state.classes, rule ? rule.ramp : 'a');
      this.names.redraw();
      this.took = root.performance.now() - began;
      const call = (name, fn) => { const place = this.find(name); if (place) fn(place, state, (cell) => this.picked({ cell, by: 'list' })); };
      call('figures', gm.figures);
      call('legend', gm.legend);
      call('ranking', gm.ranking);
      call('status-key', gm.statusKey);
      if (this.slider) this.slider.show(state.at);
      document.querySelectorAll('[data-gm-measure]').forEach((link) => {
        const on = link.getAttribute('data-gm-measure') === state.view;
        link.classList.toggle('on', on);
        if (on) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
      });
      const more = document.querySelector('[data-gm-measure-select]');
      if (more) {
        more.value = Array.from(more.options).some((each) => each.value === state.view) ? state.view : '';
        more.parentElement.classList.toggle('on', !!more.value);
      }
      this.cells.describe((cell) => this.sentence(cell));
      if (state.picked) this.tell();
      this.address();
    }

    sentence(cell) {
      const { state, config } = this;
      if (!state.month.known[cell.index]) return gm.fill(config.words.cell_no_data, { name: cell.name });
      const rule = config.measures.find((each) => each.name === state.view);
      const value = rule ? `${rule.label} ${gm.sayMeasured(rule, gm.measure(rule, state.month, cell.index, cell.households), config)}`
        : config.alert.words[gm.alertLevels[state.classes[cell.index]]];
      const late = gm.say({ low: state.month.late.low[cell.index], high: state.month.late.high[cell.index] }, 0, config.language);
      return gm.fill(config.words.cell_sentence, { name: cell.name, value, late });
    }

    controls() {
      const { map, config, state } = this;
      L.control.zoom({ position: 'topright', zoomInTitle: config.words.zoom_in, zoomOutTitle: config.words.zoom_out }).addTo(map);
      const months = this.find('months');
      if (months) this.slider = gm.months(months, state, (at) => { this.state.at = at; state.month = gm.readMonth(state.counts, at, state.grid.cells.length); this.show(); });
      document.addEventListener('click', (event) => {
        const link = event.target.closest && event.target.closest('[data-gm-measure]');
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.see(link.getAttribute('data-gm-measure'));
      });
      const more = document.querySelector('[data-gm-measure-select]');
      if (more) more.addEventListener('change', () => { if (more.value) this.see(more.value); });
      map.on('move zoom', () => this.moveCard());
      document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && this.card) this.close(true); });
      new ResizeObserver(() => { map.invalidateSize({ animate: false }); this.moveCard(); }).observe(this.box);
      new MutationObserver(() => this.repaint()).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-bs-theme'] });
      this.printing();
      const every = Number(this.box.dataset.refreshSeconds);
      if (every) root.setInterval(() => this.refresh(), every * 1000);
    }

    /** Paper is light and finer than a screen. */
    printing() {
      const { map, box } = this;
      let theme = null;
      let seen = null;
      const layers = () => [this.ground, this.over, this.names, this.cells.layer].filter(Boolean);
      root.addEventListener('beforeprint', () => {
        theme = document.documentElement.getAttribute('data-theme');
        document.documentElement.removeAttribute('data-theme');
        this.colour = gm.palette(this.box);
        this.cells.colour(this.colour);
        seen = map.getBounds();
        box.classList.add('gm-printing');
        map.invalidateSize({ animate: false, pan: false });
        map.fitBounds(this.state.grid.bounds, { animate: false, padding: [6, 6] });
        // Another fineness than the screen's, so that the canvas starts anew: one that is cleared comes out white on paper.
        layers().forEach((layer) => { layer.dots = root.devicePixelRatio === 2 ? 1 : 2; layer._update(); });
      });
      root.addEventListener('afterprint', () => {
        if (theme) document.documentElement.setAttribute('data-theme', theme);
        box.classList.remove('gm-printing');
        map.invalidateSize({ animate: false, pan: false });
        if (seen) map.fitBounds(seen, { animate: false });
        layers().forEach((layer) => { layer.dots = 0; layer._update(); });
        this.repaint();
      });
    }

    async refresh() {
      try {
        const fresh = await gm.fetchJson(this.box.dataset.countsUrl, { cache: 'no-cache' });
        if (fresh.months.length !== this.state.counts.months.length) { root.location.reload(); return; }
        const now = this.state.at === this.state.counts.months.length - 1;
        this.wantedMonth = now ? null : this.state.counts.months[this.state.at];
        this.counts(await this.withDeeds(fresh));
        this.show();
        this.box.dispatchEvent(new CustomEvent('gridmediate:fresh', { bubbles: true, detail: { as_of: fresh.as_of } }));
      } catch (fault) {
        this.box.dispatchEvent(new CustomEvent('gridmediate:stale', { bubbles: true }));
      }
    }

    address() {
      const { state } = this;
      const now = state.at === state.counts.months.length - 1;
      const set = (url) => {
        url.searchParams.set('measure', state.view);
        if (now) url.searchParams.delete('month'); else url.searchParams.set('month', state.counts.months[state.at]);
        return url;
      };
      root.history.replaceState(root.history.state, '', set(new URL(root.location.href)));
      document.querySelectorAll('a[data-gm-keep]').forEach((link) => { link.href = set(new URL(link.href)).href; });
    }

    picked({ cell, by, at }) {
      const { map, state } = this;
      const { plane } = state.grid;
      if (by === 'pointer' && root.matchMedia('(pointer: coarse)').matches) {
        const scale = map.options.crs.scale(map.getZoom()) / (2 * Math.PI * 6378137);
        const least = Math.min(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]) * scale;
        if (least < TOUCH && map.getZoom() < map.getMaxZoom()) {
          map.setZoomAround(at, Math.min(map.getMaxZoom(), map.getZoom() + Math.log2(TOUCH * 1.5 / least)));
          return;
        }
      }
      state.picked = cell;
      this.back = by;
      this.ring(cell);
      const place = plane.latLng(cell.at.x, cell.at.y);
      if (by === 'list' && !map.getBounds().contains(place)) map.panTo(place);
      this.tell(by !== 'pointer');
      document.querySelectorAll('.gm-rank').forEach((row) => row.setAttribute('aria-pressed', String(row.dataset.cell === cell.code)));
    }

    ring(cell) {
      const { map, state } = this;
      if (this.rings) this.rings.forEach((line) => line.remove());
      const shape = gm.latLngs(state.grid.plane, cell.rings);
      this.rings = ['gm-ring-light', 'gm-ring-dark'].map((className) => L.polygon(shape, { pane: 'gm-pick', renderer: this.pickLine, className, fill: false, interactive: false, smoothFactor: 0 }).addTo(map));
    }

    tell(focus) {
      const { state } = this;
      const line = this.find('picked');
      if (line) line.replaceChildren(...gm.pickedLine(state, state.picked).filter(Boolean));
      if (this.card) this.card.remove();
      this.card = null;
      if (line && this.phone()) return;
      if (this.box.dataset.size === 'wall') return;
      this.card = gm.card(state, state.picked, () => this.close(true));
      L.DomEvent.disableClickPropagation(this.card);
      L.DomEvent.disableScrollPropagation(this.card);
      this.map.getContainer().append(this.card);
      this.moveCard();
      if (focus) this.card.focus({ preventScroll: true });
    }

    moveCard() { if (this.card) gm.placeCard(this.state, this.card, this.state.picked, this.map); }

    close(focus) {
      const cell = this.state.picked;
      this.card.remove();
      this.card = null;
      this.state.picked = null;
      if (this.rings) this.rings.forEach((ring) => ring.remove());
      this.rings = null;
      const row = this.back === 'list' && document.querySelector(`.gm-rank[data-cell="${CSS.escape(cell.code)}"]`);
      document.querySelectorAll('.gm-rank[aria-pressed=true]').forEach((each) => each.setAttribute('aria-pressed', 'false'));
      if (focus && row) row.focus();
      else if (focus) this.cells.focus(cell);
    }
  }

  function begin() {
    document.querySelectorAll('[data-gridmap]').forEach((box) => {
      const shell = box.querySelector('.folium-map');
      if (!shell || !shell.gridmediateMap) return;
      const map = new GridMap(box);
      box.gridMap = map;
      map.start(shell.gridmediateMap).catch((fault) => {
        root.console.warn('map', fault);
        box.classList.add('gm-failed');
        box.append(gm.make('p', { class: 'gm-fault', role: 'alert' }, map.config.words.load_failed));
      });
    });
  }

  Object.assign(gm, { GridMap });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
