/* Finding places by typing, on the phone, by the server's own rules (domain/gazetteer.py): one table, two readers; a test compares them.
 *
 * Use: fetch the book once from the page's `data-book-url` (its address changes with its contents, so keep it as long as you like):
 *   const book = await (await fetch(url)).json();
 *   gridmediate.gazetteer.search(book, 'jxhy3', 8)            // or with {near: [lon, lat], language: 'en'} as a fourth argument
 *   // → [{entry, name, detail, why, exact, cell: {code, name, community} | null, lon, lat}], what POST /file/places answers
 * A match is only ever offered. Choosing one sets `place_method=address`, `cell_code`, `lon`/`lat` where the match has them, and the
 * hidden `place_entry` (disabled in the page, so enable it); another cell or a moved pin empties `place_entry` again.
 * The index is built at the first search and kept with the book object, so keep the object; a search then takes a millisecond.
 */
(function (root) {
  'use strict';
  const gm = root.gridmediate = root.gridmediate || {};
  const indexes = new WeakMap();
  const EXACT = new Set(['name', 'alias']);
  const WORDS = new Set(['name', 'english', 'alias']);
  const SORTS = { name: ['name', 'english'], alias: ['alias'] };
  const [ID, ZH, EN, WHOLE_ZH, WHOLE_EN, BUILDING, CELL, LON, LAT] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

  const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

  function indexOf(book) {
    let index = indexes.get(book);
    if (index) return index;
    const { rules } = book;
    index = { words: new Map(), pairs: new Map(), pinyin: [], initials: [], length: book.keys.map((key) => [...key[0]].length) };
    const add = (map, key, at) => { const row = map.get(key); if (row) row.push(at); else map.set(key, [at]); };
    book.keys.forEach(([word, sort], at) => {
      add(index.words, word, at);
      if (WORDS.has(sort)) {
        const letters = [...word];
        new Set(letters.slice(1).map((letter, n) => letters[n] + letter)).forEach((pair) => add(index.pairs, pair, at));
      } else index[sort].push([word, at]);
    });
    ['pinyin', 'initials'].forEach((sort) => index[sort].sort((a, b) => order(a[0], b[0]) || a[1] - b[1]));
    index.buildings = book.groups.map((group) => new Set(group.map((place) => place[BUILDING])));
    index.patterns = rules.buildings.map((each) => new RegExp(each, 'u'));
    index.dropped = new RegExp(rules.dropped, 'gu');
    index.trimmed = new RegExp(rules.trimmed, 'gu');
    index.latin = new RegExp(rules.latin, 'u');
    indexes.set(book, index);
    return index;
  }

  // ---- folding

  function arabic(run, rules) {
    if (!run.some((each) => each in rules.tens)) return run.map((each) => rules.digits[each]).join('');
    let total = 0;
    let digit = 0;
    run.forEach((each) => {
      if (each in rules.tens) { total += (digit || 1) * rules.tens[each]; digit = 0; } else digit = rules.digits[each];
    });
    return String(total + digit);
  }

  function fold(words, rules) {
    const plain = words.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    let text = '';
    let run = [];
    [...plain, ' '].forEach((given) => {
      const each = rules.same[given] || given;
      if (each in rules.digits || each in rules.tens) { run.push(each); return; }
      if (run.length) { text += arabic(run, rules); run = []; }
      text += /[\p{L}\p{N}]/u.test(each) ? each : ' ';
    });
    return text.split(' ').filter(Boolean).reduce((joined, part) => joined + (/[0-9]$/.test(joined) && /^[0-9]/.test(part) ? '-' : '') + part, '');
  }

  function split(folded, index) {
    for (const pattern of index.patterns) {
      const found = pattern.exec(folded);
      const place = found && (found[1].replace(index.trimmed, '') || found[3].replace(index.trimmed, ''));
      if (place) return [place, found[2].replace(/^0+/, '') || found[2]];
    }
    return [folded, ''];
  }

  const count = (word) => [...word].length;

  function withoutAreas(book, given) {
    const least = book.rules.shortest[0];
    let text = given;
    for (let round = 0; round < 3; round += 1) {
      book.areas.forEach((area) => {
        if (text.startsWith(area) && count(text) - count(area) >= least) text = text.slice(area.length);
        if (text.endsWith(area) && count(text) - count(area) >= least) text = text.slice(0, -area.length);
      });
    }
    return text;
  }

  function readings(book, index, words) {
    const text = fold(words, book.rules).replace(index.dropped, '').replace(index.trimmed, '');
    const found = [];
    [text, withoutAreas(book, text)].forEach((whole) => {
      const [place, building] = split(whole, index);
      [[place, building], [withoutAreas(book, place), building], [whole, '']].forEach((each) => {
        if (each[0] && !found.some((one) => one[0] === each[0] && one[1] === each[1])) found.push(each);
      });
    });
    return found;
  }

  // ---- looking up

  const least = (book, index, rule, word) => book.rules[rule][index.latin.test(word) ? 1 : 0];

  function rarest(index, letters) {
    let best = null;
    for (let n = 0; n + 1 < letters.length; n += 1) {
      const row = index.pairs.get(letters[n] + letters[n + 1]) || [];
      if (!best || row.length < best.length) best = row;
    }
    return best || [];
  }

  function holding(book, index, word) {
    const letters = [...word];
    if (letters.length < least(book, index, 'shortest', word)) return [];
    const found = [];
    for (const at of rarest(index, letters)) {
      if (book.keys[at][0].includes(word)) {
        found.push(at);
        if (found.length === book.rules.read_at_most) break;
      }
    }
    return found;
  }

  function mentioned(book, index, word) {
    const letters = [...word];
    const found = [];
    for (let length = letters.length - 1; length > 1; length -= 1) {
      for (let start = 0; start + length <= letters.length; start += 1) {
        const part = letters.slice(start, start + length).join('');
        (index.words.get(part) || []).forEach((at) => {
          if (WORDS.has(book.keys[at][1]) && length >= least(book, index, 'shortest', part)) found.push(at);
        });
      }
    }
    return found;
  }

  function beginning(book, index, sort, word) {
    if (!index.latin.test(word)) return [];
    const rows = index[sort];
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] < word) low = middle + 1; else high = middle;
    }
    const found = [];
    for (let n = low; n < rows.length && found.length < book.rules.read_at_most && rows[n][0].startsWith(word); n += 1) found.push(rows[n][1]);
    return found;
  }

  function isOneOff(one, other) {
    const [a, b] = [[...one], [...other]];
    if (Math.abs(a.length - b.length) > 1 || one === other) return false;
    const shorter = Math.min(a.length, b.length);
    let start = 0;
    while (start < shorter && a[start] === b[start]) start += 1;
    const rest = (letters, from) => letters.slice(from).join('');
    if (a.length === b.length) {
      return rest(a, start + 1) === rest(b, start + 1)
        || (a[start] === b[start + 1] && a[start + 1] === b[start] && rest(a, start + 2) === rest(b, start + 2));
    }
    return a.length > b.length ? rest(a, start + 1) === rest(b, start) : rest(b, start + 1) === rest(a, start);
  }

  function oneOff(book, index, word) {
    const letters = [...word];
    const { rules } = book;
    if (letters.length < least(book, index, 'long', word)) return [];
    const half = Math.floor(letters.length / 2);
    const [front, back] = [letters.slice(0, half), letters.slice(half)];
    const found = new Set();
    const alike = (at) => Math.abs(index.length[at] - letters.length) <= 1;
    rarest(index, front).forEach((at) => { if (alike(at) && book.keys[at][0].startsWith(front.join(''))) found.add(at); });
    rarest(index, back).forEach((at) => { if (alike(at) && book.keys[at][0].endsWith(back.join(''))) found.add(at); });
    for (let n = 0; n + 1 < letters.length; n += 1) {
      const swapped = letters.slice();
      [swapped[n], swapped[n + 1]] = [letters[n + 1], letters[n]];
      (index.words.get(swapped.join('')) || []).forEach((at) => { if (WORDS.has(book.keys[at][1])) found.add(at); });
    }
    return [...found].filter((at) => index.length[at] >= rules.long[0] && isOneOff(word, book.keys[at][0]))
      .sort((a, b) => a - b).slice(0, rules.read_at_most);
  }

  function hits(book, index, kind, word) {
    const { rules } = book;
    switch (kind) {
      case 'name': case 'alias': return (index.words.get(word) || []).filter((at) => SORTS[kind].includes(book.keys[at][1]));
      case 'part': return holding(book, index, word);
      case 'mentioned': return mentioned(book, index, word);
      case 'pinyin': return count(word) >= rules.shortest[1] ? beginning(book, index, 'pinyin', word) : [];
      case 'initials': return count(word) >= rules.initials[0] && count(word) <= rules.initials[1] ? beginning(book, index, 'initials', word) : [];
      default: return oneOff(book, index, word);
    }
  }

  // ---- offering

  function match(book, place, kind, asked, english, { exact, end = '', whole = true }) {
    const cell = place[CELL] < 0 ? null : book.cells[place[CELL]];
    const name = whole ? place[english ? WHOLE_EN : WHOLE_ZH] : place[english ? EN : ZH];
    const inside = cell ? cell[english ? 2 : 1] : '';
    const said = { place: name, asked: asked[0], building: asked[1].toUpperCase(), cell: inside };
    const phrase = book.phrases[`gazetteer.${kind}${cell ? end : '.no_cell'}`][english ? 1 : 0];
    return {
      entry: place[ID], name, detail: inside, why: phrase.replace(/\{(\w+)\}/g, (_, key) => said[key]), exact,
      cell: cell ? { code: cell[0], name: inside, community: cell[english ? 4 : 3] } : null,
      lon: whole ? place[LON] : null, lat: whole ? place[LAT] : null,
    };
  }

  function offers(book, group, kind, asked, english) {
    const make = (place, options) => match(book, place, kind, asked, english, options);
    const built = group.filter((place) => asked[1] && place[BUILDING] === asked[1]);
    if (built.length) return built.map((place) => make(place, { exact: EXACT.has(kind) && built.length === 1 }));
    const itself = group.filter((place) => !place[BUILDING]);
    const cells = new Set(group.map((place) => place[CELL]));
    if (asked[1] || !itself.length) {
      const first = new Map();
      [...itself, ...group].forEach((place) => { if (!first.has(place[CELL])) first.set(place[CELL], place); });
      const end = (asked[1] ? '.no_building' : '') + (cells.size > 1 ? '.some_buildings' : '');
      return [...first.values()].map((place) => make(place, { exact: EXACT.has(kind) && !end, end, whole: false }));
    }
    const found = itself.map((place) => make(place, { exact: EXACT.has(kind) && cells.size === 1 && itself.length === 1 }));
    const own = new Set(itself.map((place) => place[CELL]));
    group.forEach((place) => {
      if (!own.has(place[CELL])) {
        own.add(place[CELL]);
        found.push(make(place, { exact: false, end: '.some_buildings', whole: false }));
      }
    });
    return found;
  }

  function away(place, near) {
    if (!near) return 0;
    if (place[LON] === null || place[LAT] === null) return 1e9;
    const [east, north] = [(place[LON] - near[0]) * 0.8, place[LAT] - near[1]];
    return east * east + north * north;
  }

  /** Return the places that words may mean, best first, each with why; see the head of this file. */
  function search(book, words, most, options) {
    const { near = null, language = root.document.documentElement.lang } = options || {};
    const wanted = most || 8;
    const index = indexOf(book);
    const found = new Map();
    for (const kind of book.kinds) {
      if (kind === 'off' && found.size) break;
      readings(book, index, words).forEach((asked) => hits(book, index, kind, asked[0]).forEach((at) => {
        const group = book.keys[at][2];
        if (!found.has(group)) found.set(group, { group, kind, asked, at: found.size });
      }));
      if (EXACT.has(kind) && found.size >= wanted) break;
    }
    const ranked = [...found.values()].map((row) => Object.assign(row, {
      rank: book.kinds.indexOf(row.kind), away: away(book.groups[row.group][0], near),
      misses: row.asked[1] && !index.buildings[row.group].has(row.asked[1]) ? 1 : 0,
    }));
    ranked.sort((a, b) => a.rank - b.rank || a.misses - b.misses || a.away - b.away || a.at - b.at);
    const matches = [];
    for (const row of ranked) {
      if (matches.length >= wanted) break;
      matches.push(...offers(book, book.groups[row.group], row.kind, row.asked, /^en/.test(language)));
    }
    return matches.slice(0, wanted);
  }

  gm.gazetteer = { search, fold: (book, words) => fold(words, book.rules) };
})(window);
