/* Tiles under the cells: of a file in the base map's folder, or of an address that the office has set. The box's data-tile-* attributes say
   what there is (web/tiles.py); without any only the review number is shown. While tiles do not come, the drawn ground comes back. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  /** So many failures in a row mean that the base map does not come; a single tile may be missing. */
  const IN_A_ROW = 4;

  class Tiles {
    constructor(map, box, changed) {
      this.map = map;
      this.box = box;
      this.changed = changed || (() => {});
      this.own = box.dataset.tileKind === 'vector' || !/^\["https?:/.test(box.dataset.tileLayers);
      this.layers = [];
      this.misses = 0;
      /** Whether there is ground to see below the cells; the drawn ground gives way then. */
      this.shown = true;
    }

    start() {
      const { map, box } = this;
      const { dataset } = box;
      const [least, most] = dataset.tileZooms.split(',').map(Number);
      const options = { pane: gm.addPane(map, 'gm-tiles', 190), minNativeZoom: least, maxNativeZoom: most, maxZoom: 24 };
      if (dataset.tileBounds) {
        const [w, s, e, n] = JSON.parse(dataset.tileBounds);
        options.bounds = [[s, w], [n, e]];
      }
      const addresses = JSON.parse(dataset.tileLayers);
      if (dataset.tileKind === 'vector') this.vectors(addresses[0], options, most);
      else addresses.forEach((address) => this.pictures(address, options));
      return this;
    }

    pictures(address, options) {
      // Keys of such services are bound to the site that asks; of the page itself nothing is said.
      const layer = L.tileLayer(address, L.extend({ subdomains: this.box.dataset.tileSubdomains || '', referrerPolicy: this.own ? false : 'strict-origin' }, options));
      layer.on('tileload', () => { this.misses = 0; this.say(true); });
      layer.on('tileerror', (event) => { this.misses += 1; if (this.misses === IN_A_ROW) this.doubt(event.tile.src); });
      this.layers.push(layer.addTo(this.map));
    }

    /** A file of ours may have holes; only an answer that does not come is a failure. */
    doubt(address) {
      if (!this.own) { this.say(false); return; }
      this.misses = 0;
      root.fetch(address, { credentials: 'same-origin' }).then((answer) => { if (answer.status > 404) this.say(false); }, () => this.say(false));
    }

    vectors(address, options, most) {
      const { box, map } = this;
      const script = make('script', { src: box.dataset.tileLibrary });
      script.addEventListener('error', () => this.say(false));
      script.addEventListener('load', () => {
        const dark = !!box.closest('[data-theme="dark"]');
        const lang = document.documentElement.lang.startsWith('en') ? 'en' : 'zh-Hans';
        // Its own credit names the library's data; ours is said in the corner.
        this.layers.push(root.protomapsL.leafletLayer(L.extend({ url: address, maxDataZoom: most, flavor: dark ? 'dark' : 'light', lang, attribution: '' }, options,
          { minNativeZoom: undefined, maxNativeZoom: undefined })).addTo(map));
        const z = Math.min(most, Math.max(0, Math.round(map.getZoom())));
        const at = map.project(map.getCenter(), z).divideBy(256).floor();
        this.doubt(L.Util.template(address, { z, x: at.x, y: at.y }));
      });
      document.head.append(script);
    }

    say(shown) {
      if (shown === this.shown) return;
      this.shown = shown;
      if (shown) this.note.remove();
      else this.note = this.box.appendChild(make('p', { class: 'gm-chip gm-no-tiles', role: 'status' }, this.box.dataset.tileFailed));
      this.changed(shown);
    }
  }

  /** Lay the tiles under a map, if its box names any, and write their credit and the review number into the corner.
      `changed(shown)` is called when they stop coming, and when they come again. */
  function addTiles(map, box, changed) {
    const { mapReview, tileCredit, tileLayers } = box.dataset;
    const words = [tileCredit, mapReview].filter(Boolean);
    if (words.length) {
      box.classList.add('gm-credited');
      box.append(make('p', { class: 'gm-credit' }, ...words.map((each) => make('span', {}, each))));
    }
    return tileLayers ? new Tiles(map, box, changed).start() : null;
  }

  Object.assign(gm, { addTiles });
})(window);
