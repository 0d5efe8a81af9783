/* Paper is light and finer than a screen, and shows the whole place. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  gm.printing = function (map) {
    const { map: leaflet, box } = map;
    const page = document.documentElement;
    let theme = null;
    let seen = null;
    root.addEventListener('beforeprint', () => {
      theme = page.getAttribute('data-theme');
      page.removeAttribute('data-theme');
      map.recolour();
      seen = leaflet.getBounds();
      box.classList.add('gm-printing');
      leaflet.invalidateSize({ animate: false, pan: false });
      leaflet.fitBounds(map.state.grid.bounds, { animate: false, padding: [6, 6] });
      // Another fineness than the screen's, so that the canvas starts anew: one that is cleared comes out white on paper.
      map.canvases().forEach((layer) => { layer.dots = root.devicePixelRatio === 2 ? 1 : 2; layer._update(); });
    });
    root.addEventListener('afterprint', () => {
      if (theme) page.setAttribute('data-theme', theme);
      box.classList.remove('gm-printing');
      leaflet.invalidateSize({ animate: false, pan: false });
      if (seen) leaflet.fitBounds(seen, { animate: false });
      map.canvases().forEach((layer) => { layer.dots = 0; layer._update(); });
      map.repaint();
    });
  };
})(window);
