/* The mark of the place picker. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  /** The pin goes by arrow keys as by the finger: two metres a press, twenty with Shift. */
  function nudge(place, event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const step = (event.shiftKey ? 20 : 2) / 111320;
    const { lat, lng } = place.pin.getLatLng();
    place.tap(L.latLng(lat + way[1] * step, lng + way[0] * step / Math.cos(lat * Math.PI / 180)));
    place.pin.getElement().focus({ preventScroll: true });
  }

  /** Mark the place: the dot of a position with its circle, or the pin; both go by finger and by arrow keys. */
  function markPlace(place) {
    const { map, at, words } = place;
    (place.marks || []).forEach((each) => each.remove());
    const here = [at.lat, at.lon];
    const isPosition = at.method === 'position';
    const shape = isPosition ? { html: '', className: 'gm-here-dot', iconSize: [24, 24], iconAnchor: [12, 12] }
      : { html: gm.svg('svg', { viewBox: '0 0 30 40' }, gm.svg('path', { d: 'M15 38C6 26 3 20 3 14a12 12 0 0 1 24 0c0 6-3 12-12 24z' }), gm.svg('circle', { cx: 15, cy: 14, r: 4.6 })), className: 'gm-pin', iconSize: [30, 40], iconAnchor: [15, 39] };
    const pin = L.marker(here, { draggable: true, autoPan: true, title: words.pin, alt: words.pin, icon: L.divIcon(shape) }).addTo(map);
    pin.on('dragend', () => place.tap(pin.getLatLng()));
    pin.getElement().setAttribute('aria-label', words.pin);
    pin.getElement().addEventListener('keydown', (event) => nudge(place, event));
    place.marks = [pin];
    place.pin = pin;
    if (isPosition) {
      const circle = L.circle(here, { pane: 'gm-here', renderer: place.hereLine, interactive: false, radius: at.accuracy, className: 'gm-here-circle' }).addTo(map);
      place.marks.push(circle);
      map.fitBounds(circle.getBounds().pad(0.9), { maxZoom: 18, animate: !root.matchMedia('(prefers-reduced-motion: reduce)').matches });
      place.accuracy.textContent = gm.fill(words.accuracy, { metres: Math.round(at.accuracy) });
    } else {
      place.accuracy.textContent = at.method === 'map' ? words.tapped : at.name;
      if (!map.getBounds().pad(-0.1).contains(here)) map.panTo(here);
    }
    place.accuracy.hidden = !place.accuracy.textContent;
  }

  Object.assign(gm, { markPlace });
})(window);
