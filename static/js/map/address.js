/* The address carries what is seen, so that it can be sent; links of the page that bear data-gm-keep take it along. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  function wear(map, url) {
    const { state, kind, box } = map;
    url.searchParams.set('measure', state.view);
    if (state.surface) url.searchParams.set('surface', '1'); else url.searchParams.delete('surface');
    if (map.tools) map.layers.address(url);
    if (kind.address) kind.address(state, url, box.dataset.monthName || 'month');
    return url;
  }

  function writeAddress(map) {
    root.history.replaceState(root.history.state, '', wear(map, new URL(root.location.href)));
    document.querySelectorAll('a[data-gm-keep]').forEach((link) => { link.href = wear(map, new URL(link.href)).href; });
    document.querySelectorAll('form[data-gm-keep]').forEach((form) => {
      const kept = wear(map, new URL(root.location.href)).searchParams;
      ['measure', 'month', 'compare', 'surface', 'layers'].forEach((name) => keepField(form, name, kept.get(name)));
    });
  }

  function keepField(form, name, value) {
    const field = form.querySelector(`input[name="${name}"]`) || (value && form.appendChild(gm.make('input', { type: 'hidden', name })));
    if (field && value) field.value = value; else if (field) field.remove();
  }

  /** Links and lists outside the map that choose its measure. */
  function measureLinks(map) {
    document.addEventListener('click', (event) => {
      const link = event.target.closest && event.target.closest('[data-gm-measure]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const menu = link.closest('details');
      if (menu) menu.open = false;
      map.see(link.getAttribute('data-gm-measure'));
    });
  }

  const current = (element, on) => { if (on) element.setAttribute('aria-current', 'true'); else element.removeAttribute('aria-current'); };

  function markMeasure(view) {
    document.querySelectorAll('[data-gm-measure]').forEach((link) => {
      const on = link.getAttribute('data-gm-measure') === view;
      link.classList.toggle('on', on);
      current(link, on);
    });
    document.querySelectorAll('[data-gm-more]').forEach((menu) => {
      const chosen = menu.querySelector('[aria-current]:not(summary)');
      const head = menu.querySelector('summary');
      head.querySelector('span').textContent = chosen ? chosen.textContent : menu.getAttribute('data-gm-more');
      current(head, !!chosen);
    });
  }

  Object.assign(gm, { writeAddress, measureLinks, markMeasure });
})(window);
