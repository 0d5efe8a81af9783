/* The cells over the base map, to look at and nothing else: the administrator's preview, and the map of "my phone's position".
   The page is described in js/map/README.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  class GridPreview {
    constructor(box) {
      this.box = box;
      const config = JSON.parse(document.querySelector('[data-gm-words]').textContent);
      this.words = config.words;
      this.tongue = config.language.startsWith('en') ? 1 : 0;
    }

    async start(map) {
      const { box, words } = this;
      const { dataset } = box;
      this.map = map;
      this.grid = gm.readGrid(await gm.fetchJson(dataset.geometryUrl), this.tongue);
      this.base = new gm.BaseMap(this.grid.plane);
      this.colour = gm.palette(box);
      this.font = root.getComputedStyle(box).fontFamily;
      [['gm-ground', 200], ['gm-over', 410], ['gm-here', 420], ['gm-names', 430]].forEach(([name, z]) => gm.addPane(map, name, z));
      map.invalidateSize({ animate: false });
      this.look();
      this.tiles = gm.addTiles(map, box, () => this.repaint());
      const add = (pane, paint) => new gm.PaintLayer(this.grid.plane, paint, { pane }).addTo(map);
      this.paints = [
        add('gm-ground', (ctx, view) => { if (this.drawn()) { this.base.want(view); this.base.ground(ctx, view, this.colour); this.base.fade(ctx, view, this.colour); } }),
        add('gm-over', (ctx, view) => this.lines(ctx, view)),
        add('gm-names', (ctx, view) => this.names(ctx, view)),
      ];
      this.edge();
      L.control.zoom({ position: 'topright', zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
      if (map.keyboard) map.keyboard.enable();
      map.getContainer().setAttribute('role', 'region');
      map.getContainer().setAttribute('aria-label', words.map);
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(box);
      if (dataset.basemapUrl) {
        this.base.read(await gm.fetchJson(dataset.basemapUrl), this.tongue);
        this.base.list(this.grid.communities.filter((area) => area.buildings), dataset.buildingsUrl);
        this.base.onchange = () => this.repaint();
        this.repaint();
      }
      box.setAttribute('data-gm-ready', '');
      box.dispatchEvent(new CustomEvent('gridmediate:preview', { bubbles: true }));
    }

    drawn() { return !(this.tiles && this.tiles.shown); }

    look() {
      const mine = (this.box.dataset.focusCells || '').split(',');
      const cells = this.grid.cells.filter((cell) => mine.includes(cell.code));
      const box = gm.boxOf((cells.length ? cells : this.grid.cells).map((cell) => Float64Array.from(cell.box)));
      const { plane } = this.grid;
      this.map.fitBounds(L.latLngBounds(plane.latLng(box[0], box[1]), plane.latLng(box[2], box[3])), { animate: false, padding: [20, 20], maxZoom: 17 });
    }

    /** The bounds of the base map's file. */
    edge() {
      if (!this.box.dataset.tileBounds || this.box.hasAttribute('data-phone-position')) return;
      const [w, s, e, n] = JSON.parse(this.box.dataset.tileBounds);
      L.rectangle([[s, w], [n, e]], { pane: 'gm-here', renderer: L.svg({ pane: 'gm-here' }), className: 'gm-edge', interactive: false }).addTo(this.map);
    }

    lines(ctx, view) {
      ctx.lineJoin = 'round';
      [['map-halo', 3.4], ['map-outline', 1.4]].forEach(([name, wide]) => {
        ctx.strokeStyle = this.colour(name);
        ctx.lineWidth = wide / view.scale;
        this.grid.cells.forEach((cell) => cell.rings.forEach((flat) => { ctx.beginPath(); gm.trace(ctx, flat, true); ctx.stroke(); }));
      });
    }

    names(ctx, view) {
      view.pixels();
      const writer = new gm.Writer(ctx, view, this.colour, this.font);
      this.grid.communities.forEach((area) => {
        const [x, y] = view.px(area.at.x, area.at.y);
        writer.name(area.short, x, y, { size: 14, halo: 4, tries: [[0, 0], [0, -26], [0, 26]] });
      });
      if (this.drawn()) writer.streets(this.base, 13);
    }

    repaint() { this.paints.forEach((layer) => layer.redraw()); }
  }

  function begin() {
    document.querySelectorAll('[data-gridpreview]').forEach((box) => {
      const shell = box.querySelector('.folium-map');
      if (!shell || !shell.gridmediateMap) return;
      box.gridPreview = new GridPreview(box);
      box.gridPreview.start(shell.gridmediateMap).catch((fault) => {
        root.console.warn('map', fault);
        box.append(gm.make('p', { class: 'gm-fault', role: 'alert' }, box.gridPreview.words.load_failed));
      });
    });
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
