/* The page "my phone's position": the phone's reading drawn both ways, and the choice kept in this browser. Nothing is sent. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  function begin() {
    const box = document.querySelector('[data-phone-position]');
    const say = document.querySelector('[data-phone-say]');
    const choice = document.querySelector('[data-phone-choice]');
    if (!box || !choice) return;
    const { words } = JSON.parse(document.querySelector('[data-gm-words]').textContent);
    choice.querySelectorAll('input').forEach((radio) => { radio.checked = radio.value === gm.datumOfPhone(); });
    choice.addEventListener('change', (event) => {
      say.textContent = gm.keepDatum(event.target.value) ? words.kept : words.not_kept;
    });
    box.addEventListener('gridmediate:preview', () => locator(box, say, words));
  }

  function locator(box, say, words) {
    const button = box.appendChild(gm.make('button', { type: 'button', class: 'gm-chip gm-locate' }, words.locate));
    const { map } = box.gridPreview;
    const renderer = L.svg({ pane: 'gm-here' });
    let marks = [];
    button.addEventListener('click', () => {
      if (!root.isSecureContext || !navigator.geolocation) { say.textContent = words.unsupported; return; }
      button.setAttribute('aria-busy', 'true');
      say.textContent = words.locating;
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        button.removeAttribute('aria-busy');
        marks.forEach((mark) => mark.remove());
        const spots = ['wgs84', 'gcj02'].map((datum) => {
          const [lon, lat] = gm.toWgs84(coords.longitude, coords.latitude, datum);
          return { datum, at: L.latLng(lat, lon) };
        });
        marks = spots.map(({ datum, at }) => L.circleMarker(at, { pane: 'gm-here', renderer, radius: 10, className: `gm-here-dot gm-dot-${datum}`, interactive: false }).addTo(map));
        map.fitBounds(L.latLngBounds(spots.map((spot) => spot.at)).pad(0.5), { maxZoom: 17, animate: false });
        say.textContent = gm.fill(words.apart, { metres: Math.round(spots[0].at.distanceTo(spots[1].at)), accuracy: Math.round(coords.accuracy) });
      }, (fault) => {
        button.removeAttribute('aria-busy');
        say.textContent = fault.code === fault.PERMISSION_DENIED ? words.denied_plain : words.failed_plain;
      }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
    });
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin); else begin();
})(window);
