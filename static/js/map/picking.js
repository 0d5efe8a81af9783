/* Choosing a cell: the ring round it, and its card (desktop) or line (phone). */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const TOUCH = 44;

  class Picking {
    constructor(map) {
      this.map = map;
      this.lines = L.svg({ pane: 'gm-pick' });
      map.cells.on('pick', (event) => this.pick(event));
      map.cells.on('focus', (event) => this.ring(event.cell));
      map.map.on('move zoom', () => this.moveCard());
      document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && this.card) this.close(true); });
    }

    /** A tap on small cells comes nearer first; it picks once a finger can tell them apart. */
    pick({ cell, by, at }) {
      const { map: leaflet, state, box } = this.map;
      if (by === 'pointer' && root.matchMedia('(pointer: coarse)').matches) {
        const scale = leaflet.options.crs.scale(leaflet.getZoom()) / (2 * Math.PI * 6378137);
        const least = Math.min(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]) * scale;
        if (least < TOUCH && leaflet.getZoom() < leaflet.getMaxZoom()) {
          leaflet.setZoomAround(at, Math.min(leaflet.getMaxZoom(), leaflet.getZoom() + Math.log2(TOUCH * 1.5 / least)));
          return;
        }
      }
      state.picked = cell;
      this.mirrored = false;
      this.back = by;
      this.ring(cell);
      const place = state.grid.plane.latLng(cell.at.x, cell.at.y);
      if (by === 'list' && !leaflet.getBounds().contains(place)) leaflet.panTo(place);
      this.tell(by !== 'pointer');
      this.press(cell);
      box.dispatchEvent(new CustomEvent('gridmediate:picked', { bubbles: true, detail: { cell } }));
    }

    press(cell) { this.map.parts('.gm-rank').forEach((row) => row.setAttribute('aria-pressed', String(!!cell && row.dataset.cell === cell.code))); }

    ring(cell) {
      const { map: leaflet, state } = this.map;
      this.unring();
      const shape = gm.latLngs(state.grid.plane, cell.rings);
      this.rings = ['gm-ring-light', 'gm-ring-dark'].map((className) => L.polygon(shape,
        { pane: 'gm-pick', renderer: this.lines, className, fill: false, interactive: false, smoothFactor: 0 }).addTo(leaflet));
    }

    unring() { (this.rings || []).forEach((line) => line.remove()); this.rings = null; }

    tell(focus) {
      const { map } = this;
      const { state, kind } = map;
      const line = map.find('picked');
      if (line) line.replaceChildren(...(kind.line ? kind.line(state, state.picked) : [gm.make('h2', {}, state.picked.name)]).filter(Boolean));
      if (this.card) this.card.remove();
      this.card = null;
      if (map.phone() || map.wall || this.mirrored) return;
      this.card = kind.card(state, state.picked, () => this.close(true));
      L.DomEvent.disableClickPropagation(this.card);
      L.DomEvent.disableScrollPropagation(this.card);
      map.map.getContainer().append(this.card);
      this.moveCard();
      if (focus) this.card.focus({ preventScroll: true });
    }

    /** Show what was picked on the map beside this one. */
    mirror(cell) {
      const { map } = this;
      if (this.card) this.card.remove();
      this.card = null;
      map.state.picked = cell;
      this.mirrored = true;
      if (cell) this.ring(cell); else this.unring();
      const line = map.find('picked');
      if (line) line.replaceChildren(...(cell && map.kind.line ? map.kind.line(map.state, cell) : []).filter(Boolean));
    }

    moveCard() { if (this.card) gm.placeCard(this.map, this.card, this.map.state.picked); }

    close(focus) {
      const { state, cells, box } = this.map;
      const cell = state.picked;
      if (this.card) this.card.remove();
      this.card = null;
      state.picked = null;
      this.unring();
      const row = this.back === 'list' && this.map.parts('.gm-rank').find((each) => each.dataset.cell === cell.code);
      this.press(null);
      if (focus && row) row.focus();
      else if (focus) cells.focus(cell);
      box.dispatchEvent(new CustomEvent('gridmediate:picked', { bubbles: true, detail: { cell: null } }));
    }
  }

  Object.assign(gm, { Picking });
})(window);
