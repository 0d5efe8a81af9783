/* The address carries what is seen, so that it can be sent; links of the page that bear data-gm-keep take it along. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  function wear(map, url) {
    const { state, kind, box } = map;
    url.searchParams.set('measure', state.view);
    if (kind.address) kind.address(state, url, box.dataset.monthName || 'month');
    return url;
  }

  function writeAddress(map) {
    root.history.replaceState(root.history.state, '', wear(map, new URL(root.location.href)));
    document.querySelectorAll('a[data-gm-keep]').forEach((link) => { link.href = wear(map, new URL(link.href)).href; });
  }

  /** Links and lists outside the map that choose its measure. */
  function measureLinks(map) {
    document.addEventListener('click', (event) => {
      const link = event.target.closest && event.target.closest('[data-gm-measure]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      map.see(link.getAttribute('data-gm-measure'));
    });
  }

  function markMeasure(view) {
    document.querySelectorAll('[data-gm-measure]').forEach((link) => {
      const on = link.getAttribute('data-gm-measure') === view;
      link.classList.toggle('on', on);
      if (on) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    });
  }

  Object.assign(gm, { writeAddress, measureLinks, markMeasure });
})(window);
