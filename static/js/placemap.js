/* Where it happened: position or tap, the cell at once, two cells where the circle crosses a border. It fills hidden fields and a list of
   radio choices; without it the same form has a list of cells and an address. The page is described in js/map/README.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  /** A finger is about this many pixels unsure. */
  const FINGER = 10;
  /** A circle over more cells than this is no position (services/preview.py). */
  const MOST = 4;
  /** A walker does not leave a position behind in this time; somebody on a scooter does in more. */
  const FRESH_MS = 3000;
  const same = (one, other) => JSON.stringify([one.cell && one.cell.code, one.candidates.map((each) => each.code)])
    === JSON.stringify([other.cell && other.cell.code, (other.candidates || []).map((each) => each.code)]);

  class PlaceMap {
    constructor(box) {
      this.box = box;
      this.form = box.closest('form') || document.body;
      const config = JSON.parse(document.querySelector('[data-gm-words]').textContent);
      this.words = config.words;
      this.tongue = config.language.startsWith('en') ? 1 : 0;
      this.candidates = [];
      this.find = (name) => this.form.querySelector(`[data-gm-${name}]`);
      this.say = this.find('say') || make('p');
      this.say.classList.add('gm-say');
      this.say.setAttribute('role', 'status');
    }

    async start(map) {
      this.map = map;
      const [packed] = await Promise.all([gm.fetchJson(this.box.dataset.geometryUrl), this.readOutlines()]);
      this.grid = gm.readGrid(packed, this.tongue);
      this.byCode = new Map(this.grid.cells.map((cell) => [cell.code, cell]));
      this.base = new gm.BaseMap(this.grid.plane);
      this.layers();
      this.controls();
      const mine = (this.box.dataset.focusCells || '').split(',').map((code) => this.byCode.get(code)).filter(Boolean);
      this.look(mine.length ? mine : this.grid.cells, false);
      performance.mark('gridmediate-cells');
      this.restore();
      if (this.box.dataset.basemapUrl) {
        this.base.read(await gm.fetchJson(this.box.dataset.basemapUrl), this.tongue);
        this.base.list(this.grid.communities.filter((area) => area.buildings), this.box.dataset.buildingsUrl);
        this.base.onchange = () => this.repaint();
        this.repaint();
      }
      gm.addPlaceSearch(this);
      this.box.setAttribute('data-gm-ready', '');
    }

    /** The exact borders, by which the phone answers; without them only the server can. */
    async readOutlines() {
      const { outlinesUrl } = this.box.dataset;
      try { this.outlines = outlinesUrl ? gm.readOutlines(await gm.fetchJson(outlinesUrl)) : null; } catch (unreachable) { this.outlines = null; }
    }

    look(cells, animate) {
      const box = gm.boxOf(cells.map((cell) => Float64Array.from(cell.box)));
      const { plane } = this.grid;
      this.map.invalidateSize({ animate: false });
      this.map.fitBounds(L.latLngBounds(plane.latLng(box[0], box[1]), plane.latLng(box[2], box[3])), { animate, padding: [12, 12], maxZoom: 17.5 });
    }

    layers() {
      const { map, grid } = this;
      this.colour = gm.palette(this.box);
      this.font = root.getComputedStyle(this.box).fontFamily;
      gm.addPane(map, 'gm-ground', 200);
      gm.addPane(map, 'gm-over', 410);
      gm.addPane(map, 'gm-here', 420);
      gm.addPane(map, 'gm-names', 430);
      map.setView(grid.bounds.getCenter(), 15, { animate: false });
      this.border = new Path2D();
      grid.cells.forEach((cell) => {
        cell.path = new Path2D();
        cell.rings.forEach((flat) => { gm.trace(cell.path, flat, true); gm.trace(this.border, flat, true); });
      });
      this.outline = new Path2D();
      grid.communities.forEach((area) => area.rings.forEach((flat) => gm.trace(this.outline, flat, true)));
      grid.outline.forEach((flat) => gm.trace(this.outline, flat, true));
      const add = (pane, paint) => new gm.PaintLayer(grid.plane, paint, { pane }).addTo(map);
      this.tiles = gm.addTiles(map, this.box, () => this.repaint());
      /** The drawn ground and its names give way to tiles, which bring their own. */
      this.drawn = () => !(this.tiles && this.tiles.shown);
      this.paints = [
        add('gm-ground', (ctx, view) => { if (this.drawn()) { this.base.want(view); this.base.ground(ctx, view, this.colour); } }),
        add('gm-over', (ctx, view) => gm.drawPlaceLines(this, ctx, view)),
        add('gm-names', (ctx, view) => gm.drawPlaceNames(this, ctx, view)),
      ];
      this.hereLine = L.svg({ pane: 'gm-here' });
    }

    repaint() {
      this.colour = gm.palette(this.box);
      this.paints.forEach((layer) => layer.redraw());
    }

    controls() {
      const { map, words, box } = this;
      L.control.zoom({ position: 'topright', zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
      if (map.keyboard) map.keyboard.enable();
      map.getContainer().setAttribute('aria-label', words.map);
      map.on('click', (event) => this.tap(event.latlng));
      this.accuracy = box.appendChild(make('p', { class: 'gm-chip gm-accuracy', hidden: true }));
      this.button = box.appendChild(make('button', { type: 'button', class: 'gm-chip gm-locate' }));
      this.button.addEventListener('click', () => this.locate(0));
      this.face(words.locate, false);
      if (!root.isSecureContext || !navigator.geolocation) {
        this.button.hidden = true;
        this.say.textContent = words.unsupported;
      } else if (box.dataset.auto && !this.value('lon')) this.locate();
      this.form.addEventListener('change', (event) => this.changed(event.target));
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(box);
    }

    face(text, busy) {
      const sign = gm.svg('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, gm.svg('circle', { cx: 10, cy: 10, r: 6 }),
        gm.svg('circle', { cx: 10, cy: 10, r: 1.8 }), gm.svg('path', { d: 'M10 1v4M10 15v4M1 10h4M15 10h4' }));
      this.button.replaceChildren(sign, text);
      this.button.setAttribute('aria-busy', String(busy));
    }

    /** Where the phone is now; a reading may be some seconds old unless the person asked for another. */
    locate(age = FRESH_MS) {
      const { words } = this;
      this.face(words.locating, true);
      this.say.textContent = '';
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          this.face(words.relocate, false);
          // What the phone said goes to the server as it came, with its datum; the map draws where that is.
          const datum = gm.datumInUse();
          const [lon, lat] = gm.toWgs84(coords.longitude, coords.latitude, datum);
          this.put({ lon, lat, accuracy: coords.accuracy, method: 'position', raw: { lon: coords.longitude, lat: coords.latitude, datum } });
        },
        (fault) => {
          this.face(words.locate, false);
          this.say.textContent = fault.code === fault.PERMISSION_DENIED ? words.denied : words.failed;
        },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: age });
    }

    tap(latlng) {
      const metres = FINGER * 40075016.7 * Math.cos(latlng.lat * Math.PI / 180) / (256 * Math.pow(2, this.map.getZoom()));
      this.put({ lon: latlng.lng, lat: latlng.lat, accuracy: metres, method: 'map' });
    }

    value(name) { const field = this.form.querySelector(`[data-gm-field="${name}"]`); return field ? field.value : ''; }

    set(name, value) {
      const field = this.form.querySelector(`[data-gm-field="${name}"]`);
      if (!field) return;
      field.value = value;
      // The entry of the book stands disabled in the page: only what was chosen here is sent.
      if (name === 'place_entry') field.disabled = !value;
    }

    /** Mark the place and ask for its cell. */
    put(at) {
      const { lon, lat, datum } = at.raw || { lon: at.lon, lat: at.lat, datum: 'wgs84' };
      this.set('lon', lon.toFixed(6));
      this.set('lat', lat.toFixed(6));
      // What is sent is what is judged: the phone must not answer for a point that the server never gets.
      [at.lon, at.lat] = gm.toWgs84(Number(this.value('lon')), Number(this.value('lat')), datum);
      this.at = at;
      this.set('accuracy_m', Math.max(1, Math.round(at.accuracy)));
      this.set('datum', datum);
      this.set('place_method', at.method);
      if (!at.again) this.set('place_entry', at.entry || '');
      gm.markPlace(this);
      this.askIfFar();
      return this.ask();
    }

    /** No place is marked: a new filing begins. */
    clear() {
      if (this.asking) this.asking.abort();
      (this.marks || []).forEach((each) => each.remove());
      this.marks = this.candidates = [];
      this.at = this.found = this.chosen = this.far = null;
      this.accuracy.hidden = true;
      this.say.textContent = '';
      this.askIfFar();
      this.question(this.words.ask_place);
      const mine = (this.box.dataset.focusCells || '').split(',').map((code) => this.byCode.get(code)).filter(Boolean);
      this.look(mine.length ? mine : this.grid.cells, false);
      this.repaint();
    }

    /** A point far from all of the worker's own cells is questioned (services/placing.py, ask_if_far). */
    askIfFar() {
      const { at, box } = this;
      const block = this.form.querySelector('[data-far]');
      if (!block) return;
      const own = (box.dataset.focusCells || '').split(',');
      const metres = at && this.outlines ? gm.metresToCells(this.outlines, own, at.lon, at.lat) : null;
      this.far = metres !== null && metres > Number(box.dataset.farM) ? (metres / 1000).toFixed(metres < 100000 ? 1 : 0) : null;
      if (!at || !at.again) block.querySelector('input').checked = false;
      block.hidden = !this.far;
      const said = block.querySelector('[data-far-words]');
      said.hidden = !this.far;
      if (this.far) said.querySelector('span').textContent = gm.fill(this.words.far, { km: this.far });
    }

    /** The phone answers at once by the exact borders; the server, where it is reached, adds the team and the cells of other streets. */
    async ask() {
      const { at, words } = this;
      if (this.asking) this.asking.abort();
      const asking = this.asking = new AbortController();
      const own = this.outlines ? this.locally(at) : null;
      if (own) this.answer(own); else this.question(words.asking_cell);
      const url = new URL(this.box.dataset.locateUrl, root.location.href);
      ['lon', 'lat', 'accuracy_m', 'datum'].forEach((name) => url.searchParams.set(name, this.value(name)));
      try {
        const found = await gm.fetchJson(url, { signal: asking.signal });
        if (own && same(own, found)) this.tell(found); else this.answer(found);
      } catch (fault) {
        if (fault.name === 'AbortError') return;
        if (!own) this.answer({ how: 'unknown', cell: null, candidates: [], nearest: null });
        if (own && own.cell) this.say.textContent = words.lookup_failed;
      }
    }

    /** By the server's rule (js/field/locate.js); names come from the map's own copy. */
    locally(at) {
      const found = gm.locate(this.outlines, at.lon, at.lat, Number(this.value('accuracy_m')));
      const mine = (this.box.dataset.focusCells || '').split(',');
      const said = ({ code, distance_m: metres }) => {
        const cell = this.byCode.get(code) || { name: code };
        const area = this.grid.communities[cell.community];
        return { code, name: cell.name, distance_m: metres, community: area ? area.name : '', mine: mine.indexOf(code) >= 0 };
      };
      return { how: found.how, cell: found.cell ? said({ code: found.cell, distance_m: 0 }) : null,
        candidates: found.candidates.slice(0, MOST).map(said), nearest: found.nearest ? said(found.nearest) : null };
    }

    tell(found) {
      this.found = found;
      this.box.dispatchEvent(new CustomEvent('gridmediate:located', { bubbles: true, detail: found }));
    }

    answer(found) {
      const { words } = this;
      const own = found.cell && (typeof found.cell === 'string' ? found.cell : found.cell.code);
      let near = found.candidates && found.candidates.length ? found.candidates : found.cell ? [typeof found.cell === 'string' ? { code: found.cell } : found.cell] : [];
      near = near.map((each) => { const cell = this.byCode.get(each.code); return cell ? Object.assign({ name: cell.name, landmark: cell.landmark }, each) : each; });
      this.candidates = near;
      // After an error of the form the choice that was made stands again.
      const box = this.find('choices');
      const kept = box && box.dataset.chosen;
      if (box) delete box.dataset.chosen;
      this.chosen = near.some((each) => each.code === kept) || kept === (this.box.dataset.unsureValue || 'unsure') ? kept : null;
      this.say.textContent = '';
      if (near.length === 1 && own) {
        this.chosen = near[0].code;
        this.offer(near, words.in_cell);
      } else if (near.length) this.offer(near, near.length === 2 ? words.which_of_two : words.which_cell);
      else {
        this.offer([], found.how === 'unknown' ? words.no_outlines : words.outside);
        if (found.nearest) this.say.textContent = gm.fill(words.nearest, { name: found.nearest.name, metres: Math.round(found.nearest.distance_m) });
      }
      this.repaint();
      this.tell(found);
    }

    question(text) { const head = this.find('question'); if (head) head.textContent = text; }

    /** Fill the sheet: one radio a candidate, none chosen where the circle crosses a border, and "not sure" last. */
    offer(near, question) {
      const { words } = this;
      this.question(question);
      const name = this.box.dataset.choiceName || 'cell_code';
      const choice = (value, title, hints, k, plain) => {
        const hint = make('span', { class: 'choice-hint' });
        hints.filter(Boolean).forEach((text, n) => { if (n) hint.append(make('i', { class: 'sep' })); hint.append(text); });
        return make('label', { class: plain ? 'choice choice--plain' : 'choice' },
          make('input', { class: 'tick', type: 'radio', name, value, checked: this.chosen === value, required: true }),
          make('span', { class: 'choice-text' }, make('span', { class: 'choice-label' }, title), hints.some(Boolean) ? hint : null),
          k ? make('span', { class: `choice-mark gm-choice-${Math.min(k, 4)}`, 'aria-hidden': 'true' }) : null);
      };
      const rows = near.map((each, k) => choice(each.code, each.name,
        [each.landmark, each.mine ? words.mine : '', near.length > 1 && each.distance_m != null ? this.howFar(each.distance_m) : ''], near.length > 1 ? k + 1 : 0));
      if (near.length !== 1) rows.push(choice(this.box.dataset.unsureValue || 'unsure', words.unsure, [], 0, true));
      const box = this.find('choices');
      // Links of the error summary lead to the first choice.
      if (rows.length) rows[0].querySelector('input').id = name;
      if (box) box.replaceChildren(...rows);
      this.plainList(rows.length ? '' : null);
    }

    howFar(metres) { return metres < 0.5 ? this.words.here : gm.fill(this.words.away, { metres: Math.round(metres) }); }

    /** The list of cells for those without a map gives way to the choices; picking from it takes over again. */
    plainList(value) {
      const list = this.find('cell-list');
      if (!list) return;
      if (value !== null) list.value = value;
      list.required = false;
      list.removeAttribute('name');
    }

    changed(target) {
      const list = this.find('cell-list');
      if (target === list) {
        const name = this.box.dataset.choiceName || 'cell_code';
        this.form.querySelectorAll(`input[type=radio][name="${name}"]`).forEach((radio) => { radio.checked = false; radio.required = false; });
        list.setAttribute('name', name);
        const cell = this.byCode.get(list.value);
        // A cell named from the list may be far from the point, so the point goes.
        this.forgetPoint('list');
        this.candidates = cell ? [{ code: cell.code, name: cell.name }] : [];
        this.chosen = list.value;
        if (cell) this.look([cell], true);
        this.repaint();
      } else if (target.type === 'radio' && target.closest('[data-gm-choices]')) {
        if (this.chosen !== target.value) this.set('place_entry', '');
        this.chosen = target.value;
        this.plainList('');
        this.repaint();
      }
    }

    /** A place of the book that is a cell and no point: the cell stands chosen, the map shows it. */
    nameCell(match) {
      const cell = this.byCode.get(match.cell.code);
      this.forgetPoint('address', match.entry);
      this.chosen = match.cell.code;
      this.candidates = [{ code: match.cell.code, name: match.cell.name, landmark: cell && cell.landmark, community: match.cell.community }];
      this.offer(this.candidates, this.words.in_cell);
      if (cell) this.look([cell], true);
      this.repaint();
      this.form.querySelector('[name="cell_code"]:checked').dispatchEvent(new Event('change', { bubbles: true }));
    }

    forgetPoint(method, entry) {
      ['lon', 'lat', 'accuracy_m', 'datum'].forEach((field) => this.set(field, ''));
      this.set('place_method', method);
      this.set('place_entry', entry || '');
      (this.marks || []).forEach((each) => each.remove());
      this.marks = [];
      this.at = this.found = null;
      this.askIfFar();
      this.accuracy.hidden = true;
      this.say.textContent = '';
    }

    /** After an error of the form: what was given stands in the fields. */
    restore() {
      const lon = Number(this.value('lon'));
      const lat = Number(this.value('lat'));
      if (!lon || !lat) return;
      const raw = { lon, lat, datum: this.value('datum') || 'wgs84' };
      const at = gm.toWgs84(lon, lat, raw.datum);
      this.map.setView([at[1], at[0]], 17, { animate: false });
      this.put({ lon: at[0], lat: at[1], accuracy: Number(this.value('accuracy_m')) || 20, method: this.value('place_method') || 'map', raw, name: '', again: true });
    }
  }

  function begin() {
    document.querySelectorAll('[data-placemap]').forEach((box) => {
      const shell = box.querySelector('.folium-map');
      if (!shell || !shell.gridmediateMap) return;
      const place = new PlaceMap(box);
      box.placeMap = place;
      place.start(shell.gridmediateMap).catch((fault) => {
        root.console.warn('map', fault);
        box.append(gm.make('p', { class: 'gm-fault', role: 'alert' }, place.words.load_failed));
      });
    });
  }

  Object.assign(gm, { PlaceMap });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
