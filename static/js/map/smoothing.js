/* Numbers of areas as a smooth field. Each area's number is spread evenly over its pixels of a coarse raster and blurred with a Gaussian;
   what the blur would carry beyond the areas is given back to them, so that sums are kept to the border. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const ACROSS = 160;
  const ROUND_M = [25, 50, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10000];

  class Smoother {
    constructor(grid) {
      const { cells, plane } = grid;
      const box = gm.boxOf(cells.map((cell) => Float64Array.from(cell.box)));
      const step = Math.max(box[2] - box[0], box[3] - box[1]) / ACROSS;
      // A rim of empty pixels, into which the colours are drawn out so that the border does not fade.
      Object.assign(this, { cells, step, west: box[0] - 3 * step, north: box[1] - 3 * step,
        wide: Math.ceil((box[2] - box[0]) / step) + 6, high: Math.ceil((box[3] - box[1]) / step) + 6 });
      /** Square kilometres of a pixel. */
      this.pixelKm2 = Math.pow(step / plane.metre / 1000, 2);
      this.owner = new Int32Array(this.wide * this.high).fill(-1);
      this.pixels = new Int32Array(cells.length);
      cells.forEach((cell) => this.claim(cell));
      /** Areas smaller than a pixel put all of their number where they are. */
      this.lost = cells.filter((cell) => !this.pixels[cell.index]).map((cell) => [cell.index, this.pixelAt(cell.at.x, cell.at.y)]);
      const claimed = this.pixels.reduce((sum, each) => sum + each, 0);
      const side = Math.sqrt(claimed * this.pixelKm2 / cells.length) * 1000;
      const least = Math.max(side, 1.2 * step / plane.metre);
      /** Standard deviation of the Gaussian, in metres: about the side of an average area, as a round number that can be said. */
      this.bandwidth = ROUND_M.find((each) => each >= least * 0.85) || Math.round(least / 1000) * 1000;
      this.kernel = gaussian(this.bandwidth * plane.metre / step);
      this.scratch = new Float32Array(this.owner.length);
    }

    pixelAt(x, y) {
      const within = (at, most) => Math.max(0, Math.min(most - 1, Math.floor(at)));
      return within((y - this.north) / this.step, this.high) * this.wide + within((x - this.west) / this.step, this.wide);
    }

    /** Give an area the pixels whose middles lie in it, row by row, even-odd over its rings. */
    claim(cell) {
      const { step, west, north, wide, owner, pixels } = this;
      for (let row = Math.max(0, Math.floor((cell.box[1] - north) / step)); row <= (cell.box[3] - north) / step; row += 1) {
        const y = north + (row + 0.5) * step;
        const cuts = [];
        cell.rings.forEach((flat) => {
          for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
            if ((flat[i + 1] > y) !== (flat[j + 1] > y)) cuts.push((flat[j] - flat[i]) * (y - flat[i + 1]) / (flat[j + 1] - flat[i + 1]) + flat[i]);
          }
        });
        cuts.sort((a, b) => a - b);
        for (let k = 0; k + 1 < cuts.length; k += 2) {
          for (let column = Math.ceil((cuts[k] - west) / step - 0.5); column <= (cuts[k + 1] - west) / step - 0.5; column += 1) {
            const at = row * wide + column;
            if (owner[at] >= 0) continue;
            owner[at] = cell.index;
            pixels[cell.index] += 1;
          }
        }
      }
    }

    /** The part of the raster that is spoken of: areas of which something is known; and how much of a blur from there stays in it. */
    among(known) {
      if (this.last && this.last.known.every((each, index) => each === known[index])) return this.last;
      const mask = new Float32Array(this.owner.length);
      for (let at = 0; at < mask.length; at += 1) if (this.owner[at] >= 0 && known[this.owner[at]]) mask[at] = 1;
      this.lost.forEach(([index, at]) => { if (known[index]) mask[at] = 1; });
      this.last = { known, mask, kept: this.blur(mask) };
      return this.last;
    }

    /** The field of a number: per pixel, summing over the pixels to the sum over the areas. */
    field(values, { known, mask, kept }) {
      const mass = new Float32Array(this.owner.length);
      for (let at = 0; at < mass.length; at += 1) {
        const index = this.owner[at];
        if (index >= 0 && known[index]) mass[at] = values[index] / this.pixels[index];
      }
      this.lost.forEach(([index, at]) => { if (known[index]) mass[at] += values[index]; });
      for (let at = 0; at < mass.length; at += 1) if (mask[at]) mass[at] /= kept[at];
      const found = this.blur(mass);
      for (let at = 0; at < found.length; at += 1) found[at] *= mask[at];
      return found;
    }

    blur(from) {
      const to = new Float32Array(from.length);
      convolve(from, this.scratch, this.kernel, this.wide, this.high, 1, this.wide);
      convolve(this.scratch, to, this.kernel, this.high, this.wide, this.wide, 1);
      return to;
    }
  }

  /** Half a Gaussian, from the middle out, summing to one with its mirror. */
  function gaussian(sigma) {
    const half = Float32Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, k) => Math.exp(-k * k / (2 * sigma * sigma)));
    const sum = 2 * half.reduce((all, each) => all + each, 0) - half[0];
    return half.map((each) => each / sum);
  }

  /** Blur along one axis: `count` lines of `length`, `pace` from pixel to pixel, `leap` from line to line; beyond the ends is nothing. */
  function convolve(from, to, kernel, length, count, pace, leap) {
    const reach = kernel.length - 1;
    const line = new Float32Array(length + 2 * reach);
    for (let at = 0; at < count; at += 1) {
      let some = false;
      for (let k = 0; k < length; k += 1) { line[reach + k] = from[at * leap + k * pace]; some = some || line[reach + k] !== 0; }
      for (let k = 0; k < length; k += 1) {
        let sum = 0;
        if (some) {
          const middle = reach + k;
          sum = line[middle] * kernel[0];
          for (let d = 1; d <= reach; d += 1) sum += (line[middle - d] + line[middle + d]) * kernel[d];
        }
        to[at * leap + k * pace] = sum;
      }
    }
  }

  Object.assign(gm, { Smoother });
})(window);
