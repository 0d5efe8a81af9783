/* Measuring cells in the browser by the table that the server sends (domain/indicators.py): one rule, two readers. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const ZERO = 40;

  /** The numbers of one month, out of rows with one sign a cell (maps/frame.py, pack_counts): for each key two arrays, low and high; `known[i]` says whether cell i has numbers. */
  function readMonth(counts, month, cells) {
    const read = { known: null };
    counts.keys.forEach((key, k) => {
      if (!counts.counts[month][k]) return;
      const row = counts.counts[month][k];
      const low = new Int32Array(cells);
      const high = new Int32Array(cells);
      const known = new Uint8Array(cells);
      for (let i = 0, at = 0; i < cells; i += 1, at += 1) {
        const sign = row[at];
        known[i] = sign === '!' ? 0 : 1;
        if (sign === '#') [low[i], high[i]] = counts.small;
        else if (sign === '~') {
          const end = row.indexOf(';', at);
          [low[i], high[i]] = row.slice(at + 1, end).split('-').map(Number);
          at = end;
        } else if (sign === '$') {
          const end = row.indexOf(';', at);
          low[i] = high[i] = Number(row.slice(at + 1, end));
          at = end;
        } else if (known[i]) low[i] = high[i] = row.charCodeAt(at) - ZERO;
      }
      read.known = known;
      read[key] = { low, high };
    });
    return read;
  }

  function total(month, keys, i) {
    let low = 0, high = 0;
    for (const key of keys) { low += month[key].low[i]; high += month[key].high[i]; }
    return { low, high };
  }

  /** Measure cell i: `{low, high, reason, over, under}`; the same decisions in the same order as `measure()` on the server. */
  function measure(rule, month, i, households) {
    if (!month.known[i] || rule.deeds.some((key) => !month[key])) return { reason: 'no_data' };
    if (rule.bounds.length) return median(rule, month, i);
    const over = total(month, rule.over, i);
    if (!rule.under.length) return { low: over.low * rule.factor, high: over.high * rule.factor, over };
    let under;
    if (rule.under[0] === 'households') {
      if (households == null) return { reason: 'no_data', over };
      under = { low: households, high: households };
    } else under = total(month, rule.under, i);
    if (under.low < rule.least) return { reason: rule.too_few, over, under };
    if (under.low !== under.high || (rule.factor === 100 && over.low !== over.high)) return { reason: 'masked', over, under };
    return { low: over.low * rule.factor / under.low, high: over.high * rule.factor / under.low, over, under };
  }

  /** The grouped median of days, as `median_days()` on the server; beyond the last bound it is that bound. */
  function median(rule, month, i) {
    const under = total(month, rule.under, i);
    if (under.low < rule.least) return { reason: rule.too_few, under };
    if (under.low !== under.high) return { reason: 'masked', under };
    let below = 0, lower = 0;
    for (let k = 0; k < rule.bounds.length; k += 1) {
      const count = month[rule.under[k]].low[i];
      if (below + count >= under.low / 2) {
        const value = lower + (under.low / 2 - below) / count * (rule.bounds[k] - lower);
        return { low: value, high: value, under };
      }
      below += count;
      lower = rule.bounds[k];
    }
    return { low: lower, high: lower, under };
  }

  function classOf(rule, measured) {
    if (measured.high == null) return -1;
    let found = 0;
    while (found < rule.breaks.length && measured.high >= rule.breaks[found]) found += 1;
    return found;
  }

  function alertLevel(rule, open, month, i) {
    if (!month.known[i]) return -1;
    if (month.grave.high[i] >= Math.max(1, rule.grave_from)) return 3;
    const all = total(month, open, i).high;
    if (month.late.high[i] >= Math.max(1, rule.late_from) || all >= Math.max(1, rule.open_from)) return 2;
    return all > 0 ? 1 : 0;
  }

  /** Class of every cell for a view: class number, or -1 for none; for the alert view 0 none, 1 blue, 2 yellow, 3 red. */
  function classify(view, config, month, cells) {
    const classes = new Int8Array(cells.length);
    const rule = config.measures.find((each) => each.name === view);
    for (let i = 0; i < cells.length; i += 1) {
      classes[i] = rule ? classOf(rule, measure(rule, month, i, cells[i].households)) : alertLevel(config.alert, config.open, month, i);
    }
    return classes;
  }

  /** Numbers for people: "9", "1–2", "23.1". */
  function say(span, decimals, language) {
    const format = new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return span.low === span.high ? format.format(span.low) : `${format.format(span.low)}–${format.format(span.high)}`;
  }

  /** Value of a cell with its unit, or the reason why there is none. */
  function sayMeasured(rule, measured, config) {
    if (measured.reason) return config.reasons[measured.reason];
    return say(measured, rule.decimals, config.language) + (rule.factor === 100 ? '%' : '');
  }

  /** The sum written out, or null where there is nothing to divide. */
  function saySum(rule, measured, config) {
    if (!measured.under) return null;
    if (measured.reason) return gm.fill(config.words.sum_none, { label: rule.label, reason: config.reasons[measured.reason] });
    if (rule.bounds.length) return gm.fill(config.words.median, { label: rule.label, value: sayMeasured(rule, measured, config), under: say(measured.under, 0, config.language) });
    const values = { label: rule.label, value: sayMeasured(rule, measured, config), over: say(measured.over, 0, config.language),
      under: say(measured.under, 0, config.language), factor: rule.factor };
    return gm.fill(rule.factor === 100 ? config.words.sum_share : config.words.sum_rate, values);
  }

  Object.assign(gm, { readMonth, total, measure, classOf, classify, say, sayMeasured, saySum });
})(window);
