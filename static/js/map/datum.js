/* The datum that this phone's positions are in. Browsers say WGS 84; some answer in the shifted GCJ-02 all the same, 200 to 600 m off. The
   office's setting holds (data-position-datum of any map's box), unless this browser was set otherwise on the page "my phone's position".
   The formulas are those of geo/datums.py, and a test holds both to the same numbers. */
(function (root) {
  'use strict';
  const gm = root.gridmediate = root.gridmediate || {};
  const KEY = 'gridmediate-position-datum';
  const DATUMS = ['wgs84', 'gcj02'];
  const AXIS = 6378245;
  const FLAT = 0.00669342162296594323;
  const { PI, sin, cos, sqrt, abs, max } = Math;

  function shift(lon, lat) {
    if (!(lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271)) return [lon, lat];
    const x = lon - 105;
    const y = lat - 35;
    const ripple = (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple
      + (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 + (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple
      + (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3 + (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
    const phi = lat * PI / 180;
    const bulge = 1 - FLAT * sin(phi) * sin(phi);
    return [lon + east * 180 / (AXIS / sqrt(bulge) * cos(phi) * PI), lat + north * 180 / (AXIS * (1 - FLAT) / (bulge * sqrt(bulge)) * PI)];
  }

  /** Bring a reading to WGS 84: `[lon, lat]` in degrees. */
  function toWgs84(lon, lat, datum) {
    if (datum !== 'gcj02') return [lon, lat];
    let back = [lon, lat];
    for (let step = 0; step < 30; step += 1) {
      const there = shift(back[0], back[1]);
      const miss = [lon - there[0], lat - there[1]];
      back = [back[0] + miss[0], back[1] + miss[1]];
      if (max(abs(miss[0]), abs(miss[1])) <= 1e-12) break;
    }
    return back;
  }

  function datumOfOffice() {
    const box = document.querySelector('[data-position-datum]');
    return box && DATUMS.includes(box.dataset.positionDatum) ? box.dataset.positionDatum : 'wgs84';
  }

  /** What this browser was set to, or '' for what the office has set. Without storage (private windows) the office's holds. */
  function datumOfPhone() {
    try {
      const kept = root.localStorage.getItem(KEY);
      return DATUMS.includes(kept) ? kept : '';
    } catch (fault) { return ''; }
  }

  /** Keep the choice in this browser; false where nothing can be kept. */
  function keepDatum(datum) {
    try {
      if (DATUMS.includes(datum)) root.localStorage.setItem(KEY, datum); else root.localStorage.removeItem(KEY);
      return true;
    } catch (fault) { return false; }
  }

  const datumInUse = () => datumOfPhone() || datumOfOffice();

  Object.assign(gm, { datumInUse, datumOfOffice, datumOfPhone, keepDatum, toWgs84 });
})(window);
