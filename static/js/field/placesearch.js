/* Finding a place by typing, in the box over the map and in the address: the street's book of places (gazetteer.js), which answers without a
   network, then the names that the map itself shows. What fits is offered with why it fits and never taken by itself. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  const MOST = 6;
  /** A place by name is sure to about a house and its yard. */
  const AROUND_M = 30;

  /** The book, fetched once; null where it can be had neither from the server nor from the phone's own store. */
  function bookOf(url) {
    let asked = null;
    return () => {
      asked = asked || gm.fetchJson(url).catch(() => { asked = null; return null; });
      return asked;
    };
  }

  /** Names on the map: places of the drawn ground, and cells. */
  function onMap(place, words) {
    const known = new Map();
    place.base.places.forEach((each) => known.set(each.name, each));
    place.grid.cells.forEach((cell) => known.set(cell.name, cell.at));
    return [...known].filter(([name]) => name.includes(words)).slice(0, MOST).map(([name, at]) => {
      const { lat, lng } = place.grid.plane.latLng(at.x, at.y);
      return { name, detail: '', why: '', cell: null, lon: lng, lat };
    });
  }

  function choose(place, match, field) {
    const address = place.form.querySelector('[name="address"]');
    if (address && (field === address || !address.value.trim())) address.value = match.name;
    if (field !== address) field.value = match.name;
    if (match.lon !== null) {
      place.map.setView([match.lat, match.lon], Math.max(place.map.getZoom(), 17), { animate: false });
      place.put({ lon: match.lon, lat: match.lat, accuracy: AROUND_M, method: 'address', name: match.name, entry: match.entry });
    } else if (match.cell) place.nameCell(match);
    if (address) address.dispatchEvent(new Event('change', { bubbles: true }));
  }

  function attach(place, field, book, holder) {
    const list = make('ul', { class: 'gm-found', hidden: true, 'aria-label': place.words.found });
    const said = make('p', { class: 'visually-hidden', role: 'status' });
    holder.append(list, said);
    let waiting = null;
    const close = () => { list.hidden = true; list.replaceChildren(); };
    const search = async () => {
      const words = field.value.trim();
      if (!words) { close(); return; }
      const read = await book();
      if (field.value.trim() !== words) return;
      const near = place.at ? [place.at.lon, place.at.lat] : undefined;
      let found = read ? gm.gazetteer.search(read, words, MOST, { near, language: place.tongue ? 'en' : 'zh' }) : [];
      if (!found.length) found = onMap(place, words);
      found = found.filter((each) => each.lon !== null || each.cell);
      said.textContent = found.length ? `${place.words.found} ${found.length}` : field.dataset.gmSearch === undefined ? '' : place.words.found_none;
      list.replaceChildren(...found.map((match) => {
        const button = make('button', { type: 'button' }, make('b', {}, match.name),
          make('span', {}, match.why || match.detail));
        button.addEventListener('click', () => { close(); field.focus(); choose(place, match, field); close(); });
        return make('li', {}, button);
      }));
      if (!found.length && field.dataset.gmSearch !== undefined) list.append(make('li', { class: 'note' }, place.words.found_none));
      list.hidden = !list.childElementCount;
    };
    field.addEventListener('input', () => { root.clearTimeout(waiting); waiting = root.setTimeout(search, 150); });
    field.addEventListener('focus', () => book(), { once: true });
    field.addEventListener('keydown', (event) => { if (event.key === 'Escape') { event.stopPropagation(); close(); } });
    place.form.addEventListener('focusin', (event) => { if (event.target !== field && !list.contains(event.target)) close(); });
  }

  /** Let a place be found by typing. */
  function addPlaceSearch(place) {
    const told = place.form.querySelector('[data-gm-places]');
    const book = bookOf(told ? told.dataset.bookUrl : '');
    const search = place.find('search');
    const address = place.form.querySelector('[name="address"]');
    if (search) attach(place, search, book, search.parentElement);
    if (address && told) attach(place, address, book, address.parentElement);
  }

  Object.assign(gm, { addPlaceSearch });
})(window);
