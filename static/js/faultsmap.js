/* The faults of an import on a map: new cells, overlaps hatched in red, gaps dashed, numbers as in the list. A row of the list and its number
   on the map choose each other. The page is described in js/map/README.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make, svg } = gm;

  class FaultsMap {
    constructor(box) {
      this.box = box;
      const config = JSON.parse(document.querySelector('[data-gm-words]').textContent);
      this.words = config.words;
      this.tongue = config.language.startsWith('en') ? 1 : 0;
      this.pins = new Map();
    }

    async start(map) {
      this.map = map;
      const { dataset } = this.box;
      const [cells, faults] = await Promise.all([gm.fetchJson(dataset.cellsUrl), gm.fetchJson(dataset.faultsUrl)]);
      this.cells = cells;
      this.faults = faults.features;
      const whole = L.geoJSON(cells).getBounds();
      const bounds = whole.isValid() ? whole : L.latLngBounds([[-60, -170], [75, 170]]);
      this.plane = new gm.Plane(bounds.getCenter().lng, bounds.getCenter().lat);
      this.base = new gm.BaseMap(this.plane);
      map.invalidateSize({ animate: false });
      map.fitBounds(bounds, { animate: false, padding: [24, 24] });
      this.layers();
      this.list();
      if (dataset.basemapUrl) {
        this.base.read(await gm.fetchJson(dataset.basemapUrl), this.tongue);
        this.base.onchange = () => this.repaint();
        if (dataset.geometryUrl) {
          const { communities } = gm.readGrid(await gm.fetchJson(dataset.geometryUrl), this.tongue, this.plane);
          this.base.list(communities.filter((area) => area.buildings), dataset.buildingsUrl);
        }
        this.repaint();
      }
      this.box.setAttribute('data-gm-ready', '');
    }

    layers() {
      const { map, words } = this;
      this.colour = gm.palette(this.box);
      this.font = root.getComputedStyle(this.box).fontFamily;
      gm.addPane(map, 'gm-ground', 200);
      gm.addPane(map, 'gm-cells', 400);
      gm.addPane(map, 'gm-faults', 410, true);
      gm.addPane(map, 'gm-names', 430);
      this.tiles = gm.addTiles(map, this.box, () => this.repaint());
      this.paints = [
        new gm.PaintLayer(this.plane, (ctx, view) => { if (this.tiles && this.tiles.shown) return; this.base.want(view); this.base.ground(ctx, view, this.colour); this.base.fade(ctx, view, this.colour); }, { pane: 'gm-ground' }).addTo(map),
        new gm.PaintLayer(this.plane, (ctx, view) => this.names(ctx, view), { pane: 'gm-names' }).addTo(map),
      ];
      const lacking = new Set(this.faults.filter((each) => each.properties.severity === 'note').flatMap((each) => each.properties.codes));
      const groups = { cells: L.layerGroup(), overlaps: L.layerGroup(), gaps: L.layerGroup(), others: L.layerGroup() };
      this.groups = groups;
      const paths = L.svg({ pane: 'gm-cells', padding: 0.5 });
      const faultPaths = L.svg({ pane: 'gm-faults', padding: 0.5 });
      L.geoJSON(this.cells, {
        pane: 'gm-cells', renderer: paths, interactive: false, smoothFactor: 0,
        style: (feature) => ({ className: `gm-new-cell${lacking.has(feature.properties.code) ? ' is-lacking' : ''}` }),
      }).addTo(groups.cells);
      Object.values(groups).forEach((group) => group.addTo(map));
      this.faults.forEach((fault) => this.drawFault(fault, groups, faultPaths));
      if (faultPaths._container) faultPaths._container.insertBefore(hatch(), faultPaths._container.firstChild);
      L.control.zoom({ position: 'topright', zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
      map.getContainer().setAttribute('aria-label', words.map);
      this.switches();
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(this.box);
    }

    drawFault(fault, groups, renderer) {
      const { kind, number, label, title, severity } = fault.properties;
      const group = kind === 'overlap' ? groups.overlaps : kind === 'gap' || kind === 'uncovered' ? groups.gaps : groups.others;
      const shown = { overlap: 'gm-overlap', outside: 'gm-overlap', gap: 'gm-gap', uncovered: 'gm-gap', ring: 'gm-fault-line' }[kind];
      if (fault.geometry && shown) {
        L.geoJSON(fault, {
          pane: 'gm-faults', renderer, interactive: false, smoothFactor: 0, style: () => ({ className: shown }),
          pointToLayer: (_, at) => L.circleMarker(at, { pane: 'gm-faults', renderer, radius: 6, className: shown, interactive: false }),
        }).addTo(group);
      }
      if (!label) return;
      const pin = L.marker([label[1], label[0]], {
        icon: L.divIcon({ html: make('span', {}, String(number)), className: `gm-fault-pin${severity === 'note' ? ' is-note' : ''}`, iconSize: [32, 32] }),
        keyboard: true, title: '', riseOnHover: true,
      }).addTo(group);
      const element = pin.getElement();
      element.setAttribute('role', 'button');
      element.setAttribute('aria-label', gm.fill(this.words.fault, { number, text: title }));
      pin.on('click', () => this.choose(number, 'map'));
      pin.on('keypress', (event) => { if (event.originalEvent.key === 'Enter') this.choose(number, 'map'); });
      this.pins.set(number, pin);
    }

    names(ctx, view) {
      view.pixels();
      const writer = new gm.Writer(ctx, view, this.colour, this.font);
      const spot = (at) => view.px(...this.plane.point(at.lng, at.lat));
      this.pins.forEach((pin) => {
        const [x, y] = spot(pin.getLatLng());
        writer.take([x - 18, y - 18, x + 18, y + 18]);
      });
      L.geoJSON(this.cells).eachLayer((layer) => {
        const box = layer.getBounds();
        if (!box.isValid() || spot(box.getSouthEast())[0] - spot(box.getNorthWest())[0] < 46) return;
        const { label, name, code } = layer.feature.properties;
        const [x, y] = spot(label ? L.latLng(label[1], label[0]) : box.getCenter());
        writer.name(name || code || '', x, y, { size: 14, tries: [[0, 0], [0, 30], [0, -30]] });
      });
      if (!this.tiles || !this.tiles.shown) writer.streets(this.base, 13);
    }

    repaint() {
      this.colour = gm.palette(this.box);
      this.paints.forEach((layer) => layer.redraw());
    }

    /** Rows are any elements with data-gm-fault="number"; the button or link in them chooses. */
    list() {
      this.rows = Array.from(document.querySelectorAll('[data-gm-fault]'));
      this.rows.forEach((row) => row.addEventListener('click', (event) => {
        if (event.target.closest('form, a[href]:not([data-gm-show]), input, select') || (event.target.closest('button') && !event.target.closest('[data-gm-show]'))) return;
        event.preventDefault();
        this.choose(Number(row.dataset.gmFault), 'list');
      }));
    }

    choose(number, by) {
      const fault = this.faults.find((each) => each.properties.number === number);
      if (!fault) return;
      this.rows.forEach((row) => {
        const on = Number(row.dataset.gmFault) === number;
        row.classList.toggle('is-selected', on);
        if (on) row.setAttribute('aria-current', 'true'); else row.removeAttribute('aria-current');
        if (on && by === 'map') row.scrollIntoView({ block: 'nearest' });
      });
      this.pins.forEach((pin, key) => { const element = pin.getElement(); if (element) element.classList.toggle('is-on', key === number); });
      if (by !== 'list' || !fault.geometry) return;
      const box = L.geoJSON(fault).getBounds();
      this.map.fitBounds(box.pad(0.6), { maxZoom: 18, animate: !root.matchMedia('(prefers-reduced-motion: reduce)').matches });
    }

    switches() {
      const { words } = this;
      const box = make('div', { class: 'gm-layers' });
      [['cells', words.layer_cells, 'gm-new-cell'], ['overlaps', words.layer_overlaps, 'gm-overlap'], ['gaps', words.layer_gaps, 'gm-gap'], ['lacking', words.layer_lacking, 'gm-new-cell is-lacking']].forEach(([key, word, className]) => {
        const key1 = svg('svg', { viewBox: '0 0 24 18', 'aria-hidden': 'true' }, svg('rect', { x: 2, y: 2, width: 20, height: 14, rx: 2, class: className }));
        if (!this.groups[key]) { box.append(make('label', {}, make('span', { class: 'gm-layer-gap' }), key1, word)); return; }
        const tick = make('input', { type: 'checkbox', checked: true });
        tick.addEventListener('change', () => { if (tick.checked) this.groups[key].addTo(this.map); else this.groups[key].remove(); });
        box.append(make('label', {}, tick, key1, word));
      });
      L.DomEvent.disableClickPropagation(box);
      this.box.append(box);
    }
  }

  function hatch() {
    return svg('defs', {}, svg('pattern', { id: 'gm-overlap-hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      svg('rect', { width: 8, height: 8, class: 'gm-overlap-hatch-ground' }), svg('path', { d: 'M-2,-2 L10,10 M-2,6 L2,10 M6,-2 L10,2', class: 'gm-overlap-hatch-line', fill: 'none' })));
  }

  function begin() {
    document.querySelectorAll('[data-faultsmap]').forEach((box) => {
      const shell = box.querySelector('.folium-map');
      if (!shell || !shell.gridmediateMap) return;
      const faults = new FaultsMap(box);
      box.faultsMap = faults;
      faults.start(shell.gridmediateMap).catch((fault) => {
        root.console.warn('map', fault);
        box.append(make('p', { class: 'gm-fault', role: 'alert' }, faults.words.load_failed));
      });
    });
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
