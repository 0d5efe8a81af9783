/* What is kept is what is shown now: the map writes measure and month into the address after the page was made. */
(function () {
  'use strict';
  document.querySelectorAll('[data-gm-bookmarks]').forEach((menu) => {
    const form = menu.querySelector('form'), name = form.elements.name;
    let offered = name.value;
    const words = () => {
      const link = document.querySelector('a[data-gm-measure][aria-current]');
      return link ? link.textContent.trim() : '';
    };
    const first = words();
    menu.addEventListener('toggle', () => {
      if (!menu.open || name.value !== offered || !first || !words()) return;
      name.value = offered = name.defaultValue.replace(first, words()).slice(0, name.maxLength);
    });
    form.addEventListener('submit', () => { form.elements.query.value = window.location.search; });
  });
}());
