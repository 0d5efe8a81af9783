/* The map of cells. Folium has made the Leaflet map; this file fetches geometry, lets a kind (map/kinds.js) fetch and class its numbers,
   paints, and links map, legend, ranking, months and table. The page is described in map/README.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  class GridMap {
    constructor(box) {
      this.box = box;
      this.root = box.closest('[data-gm-root]') || document;
      this.wall = box.dataset.size === 'wall';
      this.config = JSON.parse(document.querySelector('[data-gm-words]').textContent);
      this.kind = gm.kinds[box.dataset.kind || 'counts'];
      const address = new URLSearchParams(root.location.search);
      const views = this.kind.views(this.config);
      const asked = address.get('measure');
      this.wantedMonth = box.dataset.month || address.get('month');
      this.find = (name) => this.parts(`[data-gm-${name}]`)[0] || null;
      this.state = { config: this.config, find: this.find, view: views.includes(asked) ? asked : box.dataset.measure || views[0], picked: null, surface: address.get('surface') === '1' && box.dataset.tools !== undefined,
        tongue: this.config.language.startsWith('en') ? 1 : 0, urls: { cases: box.dataset.casesUrlTemplate || '', inside: box.dataset.insideUrlTemplate || '' } };
    }

    /** Parts of this map's page that are not another map's within it. */
    parts(selector) {
      return Array.from(this.root.querySelectorAll(selector)).filter((each) => (each.closest('[data-gm-root]') || document) === this.root);
    }

    async start(map) {
      this.map = map;
      const { state, box: { dataset } } = this;
      /** The grid; a kind fetches its numbers meanwhile and waits for it before it reads them. */
      this.ready = gm.fetchOnce(dataset.geometryUrl).then((packed) => {
        state.grid = gm.readGrid(packed, state.tongue);
        state.grid.tongue = state.tongue;
        this.base = new gm.BaseMap(state.grid.plane);
      });
      await Promise.all([this.ready, this.kind.load(this, 'start')]);
      this.stack();
      this.controls();
      this.fit();
      this.show();
      if (dataset.basemapUrl) {
        this.base.read(await gm.fetchOnce(dataset.basemapUrl), state.tongue);
        this.base.list(state.grid.communities.filter((area) => area.buildings), dataset.buildingsUrl);
        this.base.onchange = () => this.repaint();
        this.repaint();
      }
      this.box.setAttribute('data-gm-ready', '');
    }

    /** Change the view, with what it needs. */
    async see(view) {
      if (!this.kind.views(this.config).includes(view)) return;
      this.state.view = view;
      try {
        await this.kind.load(this, 'view');
      } catch (fault) {
        root.console.warn('map', fault);
      }
      if (this.state.view === view) this.show();
    }

    /** Show another of the kind's moments. */
    go(at) {
      this.kind.go(this, at);
      this.show();
    }

    stack() {
      const { map, base, state: { grid } } = this;
      this.state.classes = this.kind.classes(this.state); // layers draw as they are added
      this.layers = new gm.Layers(this);
      this.font = root.getComputedStyle(this.box).fontFamily;
      [['gm-ground', 200], ['gm-cells', 400, true], ['gm-over', 410], ['gm-pick', 420], ['gm-names', 430]].forEach((pane) => gm.addPane(map, ...pane));
      this.borders = gm.borders(grid);
      this.fit();
      this.tiles = gm.addTiles(map, this.box, () => this.repaint());
      /** The drawn ground and its names give way to tiles, which bring their own. */
      this.drawn = () => this.layers.shows('base') && !(this.tiles && this.tiles.shown);
      this.colour = gm.palette(this.box);
      const paint = (pane, draw) => new gm.PaintLayer(grid.plane, draw, { pane }).addTo(map);
      this.ground = paint('gm-ground', (ctx, view) => { if (this.drawn()) { base.want(view); base.ground(ctx, view, this.colour); } });
      this.cells = gm.makeCells(map, grid, 'gm-cells');
      this.cells.colour(this.colour);
      this.over = paint('gm-over', (ctx, view) => gm.drawOver(this, ctx, view));
      this.names = paint('gm-names', (ctx, view) => gm.drawNames(this, ctx, view));
      this.picking = new gm.Picking(this);
      this.surface = new gm.Surface(this);
      this.layers.apply();
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
      const left = this.wall ? [228 * this.grown(), 14 * this.grown()] : edge;
      map.fitBounds(state.grid.bounds, { animate: false, paddingTopLeft: left, paddingBottomRight: edge });
      map.setMinZoom(map.getZoom() - 1.5);
      map.setMaxBounds(state.grid.bounds.pad(0.6));
    }

    /** A wall grows with its screen: everything that is drawn in pixels grows with the page's type. */
    grown() { return this.wall ? parseFloat(root.getComputedStyle(document.documentElement).fontSize) / 16 : 1; }

    phone() { const line = this.find('picked'); return !!line && line.offsetParent !== null; }

    canvases() { return [this.ground, this.over, this.names, this.cells.layer, this.surface.layer].filter((layer) => layer && layer._map); }

    recolour() {
      this.colour = gm.palette(this.box);
      this.cells.colour(this.colour);
      this.surface.colour();
    }

    repaint() {
      this.recolour();
      [this.ground, this.over, this.names].forEach((layer) => layer.redraw());
    }

    /** Paint the chosen measure and month, and everything that tells them. */
    show() {
      const { state, kind } = this;
      const began = root.performance.now();
      state.classes = kind.classes(state);
      const smooth = this.surface.show(state.surface);
      // Under the surface only the cells without data are painted; all stay there to be picked.
      this.cells.paint(smooth ? state.classes.map((_, i) => this.surface.found.known[i] - 1) : state.classes, kind.ramp(state), smooth);
      this.names.redraw();
      this.took = root.performance.now() - began;
      this.tell();
      this.cells.describe((cell) => kind.sentence(this, cell));
      if (state.picked) this.picking.tell();
      this.box.dispatchEvent(new CustomEvent('gridmediate:shown', { bubbles: true }));
      gm.writeAddress(this);
    }

    /** Tell it beside the map. */
    tell() {
      const { state, kind } = this;
      const pick = (cell) => this.picking.pick({ cell, by: 'list' });
      [['figures', 'figures'], ['legend', 'legend'], ['ranking', 'ranking'], ['status-key', 'statusKey']].forEach(([name, member]) => {
        const place = kind[member] && this.find(name);
        if (place && name === 'legend' && this.surface.rule) this.surface.legend(place);
        else if (place) kind[member](place, state, pick);
      });
      if (this.tools) this.tools.show();
      if (this.slider) this.slider.show(state.at);
      gm.markMeasure(state.view);
    }

    controls() {
      const { map, config: { words }, state, kind } = this;
      L.control.zoom({ position: 'topright', zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
      const months = kind.go && this.find('months');
      if (months) this.slider = gm.months(months, state, (at) => this.go(at));
      if (this.box.dataset.tools === '') this.tools = new gm.Tools(this);
      gm.measureLinks(this);
      new ResizeObserver(() => { map.invalidateSize({ animate: false }); this.picking.moveCard(); }).observe(this.box);
      new MutationObserver(() => this.repaint()).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-bs-theme'] });
      gm.printing(this);
      const every = Number(this.box.dataset.refreshSeconds);
      if (every) root.setInterval(() => this.refresh(), every * 1000);
    }

    async refresh() {
      try {
        await this.kind.load(this, 'fresh');
        this.show();
        const { counts } = this.state;
        this.box.dispatchEvent(new CustomEvent('gridmediate:fresh', { bubbles: true, detail: { as_of: counts && counts.as_of } }));
      } catch (fault) {
        this.box.dispatchEvent(new CustomEvent('gridmediate:stale', { bubbles: true }));
      }
    }

    picked(choice) { this.picking.pick(choice); }
  }

  /** The maps of the page. */
  gm.maps = [];

  function begin() {
    document.querySelectorAll('[data-gridmap]').forEach((box) => {
      const shell = box.querySelector('.folium-map');
      if (!shell || !shell.gridmediateMap) return;
      const map = new GridMap(box);
      box.gridMap = map;
      gm.maps.push(map);
      map.started = map.start(shell.gridmediateMap).catch((fault) => {
        root.console.warn('map', fault);
        box.classList.add('gm-failed');
        box.append(gm.make('p', { class: 'gm-fault', role: 'alert' }, map.config.words.load_failed));
        throw fault;
      });
    });
    Promise.all(gm.maps.map((map) => map.started)).then(() => { if (gm.maps.length === 2) gm.pair(gm.maps); }, () => {});
  }

  Object.assign(gm, { GridMap });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
