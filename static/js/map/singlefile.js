/* The map of a downloaded file (maps/single_file.py): draws the outlines that the file holds and tells of each from its row in
   the table. Words go in as text. Without scripts the table and the legend stand alone. */
(function () {
  'use strict';
  const shapes = JSON.parse(document.getElementById('sf-shapes').textContent);
  const box = document.querySelector('.sf-map');
  document.documentElement.classList.add('has-map'); // the box gets its size, which the map asks for
  const map = box.querySelector('.folium-map').gridmediateMap;
  const rows = Array.from(document.querySelectorAll('.sf-table tbody tr'));
  const heads = Array.from(document.querySelectorAll('.sf-table thead th'), (head) => head.textContent);

  function latLngs(polygons) {
    return polygons.map((rings) => rings.map((steps) => {
      const points = [];
      for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        points.push([shapes.origin[1] + y / shapes.scale, shapes.origin[0] + x / shapes.scale]);
      }
      return points;
    }));
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  /** All that the table says of a cell. */
  function card(at) {
    const made = element('div', '', 'sf-card');
    const words = Array.from(rows[at].children, (each) => each.textContent);
    made.append(element('h3', words[0]));
    const list = element('dl');
    words.forEach((value, column) => {
      if (column && value) list.append(element('dt', heads[column]), element('dd', value));
    });
    made.append(list);
    return made;
  }

  function pick(at, where) {
    const cell = cells[at];
    map.openPopup(card(at), where || cell.getBounds().getCenter(), { maxWidth: 340, maxHeight: box.clientHeight - 60 });
    rows.forEach((row, each) => row.classList.toggle('is-picked', each === at));
  }

  /** Cells without a number are hatched as in the legend; on a canvas, of many cells, they stay grey. */
  function hatch(path) {
    const svg = path.ownerSVGElement;
    if (!svg.querySelector('#sf-hatch')) {
      const make = (name, values, into) => {
        const made = document.createElementNS(svg.namespaceURI, name);
        Object.entries(values).forEach(([key, value]) => made.setAttribute(key, value));
        return into.appendChild(made);
      };
      const pattern = make('pattern', { id: 'sf-hatch', width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, svg);
      make('rect', { width: 7, height: 7, fill: shapes.hatch[0] }, pattern);
      make('rect', { width: 1.4, height: 7, fill: shapes.hatch[1] }, pattern);
    }
    path.setAttribute('fill', 'url(#sf-hatch)');
    path.setAttribute('fill-opacity', '1');
  }

  L.control.zoom({ position: 'bottomright', zoomInTitle: shapes.zoom[0], zoomOutTitle: shapes.zoom[1] }).addTo(map);
  const cells = shapes.cells.map((polygons, at) => {
    const fill = shapes.fills[at];
    const cell = L.polygon(latLngs(polygons), {
      color: '#8B8475', weight: 1, fillColor: fill || shapes.hatch[1], fillOpacity: fill ? 1 : 0.32, smoothFactor: 0,
    }).addTo(map);
    const told = () => element('span', `${rows[at].children[0].textContent}${shapes.labels[at] ? ` · ${shapes.labels[at]}` : ''}`);
    if (!L.Browser.mobile) cell.bindTooltip(told, { sticky: true });
    cell.on('click', (event) => pick(at, event.latlng));
    const path = cell.getElement && cell.getElement();
    if (path) {
      if (!fill) hatch(path);
      path.setAttribute('tabindex', '0');
      path.setAttribute('role', 'button');
      path.setAttribute('aria-label', told().textContent);
      path.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(at); } });
    }
    return cell;
  });
  shapes.areas.forEach(([, polygons]) => {
    L.polygon(latLngs(polygons), { color: '#1D2A2B', weight: 2, fill: false, interactive: false, smoothFactor: 0 }).addTo(map);
  });
  if (shapes.areas.length > 1) {
    shapes.areas.forEach(([name, , middle]) => {
      L.tooltip({ permanent: true, direction: 'center', interactive: false, className: 'sf-name' })
        .setLatLng(middle).setContent(element('span', name)).addTo(map);
    });
  }

  const [west, south, east, north] = shapes.bounds;
  const fit = () => map.invalidateSize().fitBounds([[south, west], [north, east]], { animate: false, padding: [8, 8] });
  fit();
  [['beforeprint', true], ['afterprint', false]].forEach(([when, on]) => window.addEventListener(when, () => {
    document.documentElement.classList.toggle('is-printing', on); // the size that it has on paper, before it is drawn for it
    map.closePopup();
    fit();
  }));
  rows.forEach((row, at) => row.addEventListener('click', () => { pick(at); box.scrollIntoView({ block: 'nearest' }); }));
})();
