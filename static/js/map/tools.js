/* What stands on the map itself: areas or surface, and which layers are shown. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;

  class Tools {
    constructor(map) {
      this.map = map;
      const { words } = map.config;
      this.bar = make('div', { class: 'gm-tools' });
      if (map.kind.smoothed) this.surfaces(words);
      this.layers(words);
      map.box.after(this.bar);
    }

    surfaces(words) {
      this.choices = [[false, words.by_area], [true, words.as_surface]].map(([on, label]) => {
        const button = make('button', { type: 'button' }, label);
        button.addEventListener('click', () => gm.maps.forEach((each) => { each.state.surface = on; each.show(); }));
        return { on, button };
      });
      this.choice = make('div', { class: 'segmented gm-surface-choice', role: 'group', 'aria-label': words.surface_choice }, this.choices.map((each) => each.button));
      this.bar.append(this.choice);
    }

    layers(words) {
      const { layers } = this.map;
      const rows = layers.offered.map(([name, label]) => {
        const box = make('input', { type: 'checkbox', class: 'tick' });
        box.checked = layers.shows(name);
        box.addEventListener('change', () => gm.maps.forEach((each) => each.layers.turn(name, box.checked)));
        return make('label', { class: 'tick-row' }, box, make('span', {}, label));
      });
      this.bar.append(make('details', { class: 'menu gm-layer-menu', 'data-closes-outside': true },
        make('summary', {}, words.layers), make('div', { class: 'menu-panel' }, rows)));
    }

    show() {
      const { state, kind } = this.map;
      if (!this.choice) return;
      this.choice.hidden = !kind.smoothed(state);
      this.choices.forEach(({ on, button }) => {
        if (on === !!state.surface) button.setAttribute('aria-current', 'true'); else button.removeAttribute('aria-current');
      });
    }

  }

  Object.assign(gm, { Tools });
})(window);
