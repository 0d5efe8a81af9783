/* Which layers a map shows; the choice stands in the address when it is not the usual one. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const USUAL = ['streets', 'communities', 'base'];

  class Layers {
    constructor(map) {
      this.map = map;
      const { words } = map.config;
      const { grid, urls } = map.state;
      const { dataset } = map.box;
      this.themes = dataset.placesThemes ? JSON.parse(dataset.placesThemes) : [];
      /** What may be chosen: name and words. */
      this.offered = [
        grid.streets.length ? ['streets', words.layer_streets] : null,
        ['communities', words.layer_communities],
        urls.inside ? null : ['names', words.layer_names],
        dataset.basemapUrl || dataset.tileLayers ? ['base', words.layer_base] : null,
        ...this.themes,
      ].filter(Boolean);
      const asked = map.wall ? null : new URLSearchParams(root.location.search).get('layers');
      this.on = new Set(asked == null ? USUAL : asked.split(','));
      this.marks = [];
    }

    shows(name) { return this.on.has(name); }

    turn(name, on) {
      if (on) this.on.add(name); else this.on.delete(name);
      this.apply();
      gm.writeAddress(this.map);
    }

    async apply() {
      const { map } = this;
      const tiles = map.map.getPane('gm-tiles');
      if (tiles) tiles.style.visibility = this.shows('base') ? '' : 'hidden';
      map.repaint();
      if (!this.fetched && this.themes.some(([name]) => this.shows(name))) {
        this.fetched = true;
        const { places } = await gm.fetchJson(map.box.dataset.placesUrl);
        const { plane, tongue } = map.state.grid;
        this.marks = places.map(([theme, zh, en, lon, lat]) => { const [x, y] = plane.point(lon, lat); return { theme, name: tongue ? en : zh, x, y }; });
        map.repaint();
      }
    }

    address(url) {
      const shown = this.offered.map(([name]) => name).filter((name) => this.shows(name));
      const usual = this.offered.map(([name]) => name).filter((name) => USUAL.includes(name));
      if (shown.join() === usual.join()) url.searchParams.delete('layers'); else url.searchParams.set('layers', shown.join(','));
    }

    inView(view) {
      return this.marks.filter((mark) => this.shows(mark.theme) && mark.x > view.box[0] && mark.x < view.box[2] && mark.y > view.box[1] && mark.y < view.box[3]);
    }

    /** Mark the places of the chosen themes; the counts' signs may lie over a mark. */
    dots({ ctx }, view) {
      const { colour } = this.map;
      this.inView(view).forEach((mark) => {
        const [x, y] = view.px(mark.x, mark.y);
        ctx.beginPath();
        ctx.rect(x - 3.5, y - 3.5, 7, 7);
        ctx.fillStyle = colour('map-mark');
        ctx.strokeStyle = colour('map-halo');
        ctx.lineWidth = 2;
        ctx.stroke();
        ctx.fill();
      });
    }

    /** Name them where there is room. */
    names(writer, view) {
      this.inView(view).forEach((mark) => {
        const [x, y] = view.px(mark.x, mark.y);
        writer.name(mark.name, x, y, { size: 13, weight: 400, colour: 'map-mark', halo: 3.4, tries: [[0, 14], [0, -14]] });
      });
    }
  }

  Object.assign(gm, { Layers });
})(window);
