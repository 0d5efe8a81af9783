/* The outbox: what was typed and photographed, kept sealed in this phone's IndexedDB until the server's receipt, never deleted before.
   In clear stand only the state, the moments and `meta` (category, cell), which is never personal; what was typed, what the server
   said of it and the photos are sealed. An item belongs to its account; nobody else's are read, listed or sent. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, sealing = gridmediate.sealing;
  const DAY_MS = 86400000, OLD_DAYS = 30;
  const OPEN = ["draft", "needs"];
  const counts = { drafts: 0, waiting: 0, needs: 0, sent_today: 0, online: navigator.onLine, others: 0, old: 0 };
  const others = typeof BroadcastChannel === "function" ? new BroadcastChannel("gridmediate-outbox") : null;

  class OutboxRefusal extends Error {
    constructor(code) { super(code); this.code = code; }
  }

  /* ---- beginning: whether this browser can, and whether what is there can be read now ---- */
  async function begin() {
    if (!sealing.isPossible()) { return { possible: false, readable: false }; }
    try {
      await sealing.database();
      if (!await sealing.account()) { return { possible: false, readable: false }; }
      if (await sealing.revokedAt()) { return { possible: false, readable: false, revoked: true }; }
      const why = !await sealing.device() && navigator.onLine ? await sealing.enrol() : "";
      if (!await sealing.device()) { return { possible: false, readable: false, why: why }; }
      const found = await sealing.unlock(navigator.onLine && sealing.isStale());
      if (found === "revoked") { return { possible: false, readable: false, revoked: true }; }
      await prune();
      return { possible: true, readable: found === "open" };
    } catch (refused) {
      // A private window of some browsers opens no database; the page then works as the plain steps do.
      return { possible: false, readable: false };
    }
  }
  async function prune() {
    const db = await sealing.database(), rows = await db.getAll("items"), past = Date.now() - DAY_MS;
    await Promise.all(rows.filter(function (row) { return row.state === "sent" && row.sent_at < past; }).map(function (row) { return db.delete("items", row.key); }));
  }
  let asked = false;
  function askToStay() {
    if (asked || !navigator.storage || !navigator.storage.persist) { return; }
    asked = true;
    navigator.storage.persist().catch(function () { /* the browser decides; the page says what clearing its data does */ });
  }
  async function must() { if (!(await ready).possible) { throw new OutboxRefusal("outbox.not-possible"); } }

  /* ---- rows ---- */
  async function rows() {
    const mine = await sealing.account(), all = await (await sealing.database()).getAll("items");
    counts.others = all.filter(function (row) { return row.account !== mine && row.state !== "sent"; }).length;
    return all.filter(function (row) { return row.account === mine; }).sort(function (a, b) { return b.saved_at - a.saved_at; });
  }
  async function row(key) {
    const found = await (await sealing.database()).get("items", key);
    return found && found.account === await sealing.account() ? found : null;
  }
  /* Change one row in one transaction: act(former) returns the row, or null to delete it; it may refuse by throwing. */
  async function change(key, act) {
    const mine = await sealing.account(), tx = (await sealing.database()).transaction(["items", "photos"], "readwrite"), items = tx.objectStore("items");
    const former = await items.get(key);
    if (former && former.account !== mine) { throw new OutboxRefusal("outbox.not-yours"); }
    let next;
    try { next = act(former || null); } catch (refusal) { await tx.done; throw refusal; }
    if (next) { await items.put(Object.assign(next, { key: key, account: mine })); } else {
      await items.delete(key);
      const photos = tx.objectStore("photos"), keys = await photos.index("item").getAllKeys(key);
      await Promise.all(keys.map(function (each) { return photos.delete(each); }));
    }
    await tx.done;
    await announce();
    return next;
  }
  function openOnly(former) {
    // Once sending has begun the server may have it already: another text under the same number would be lost or doubled.
    if (former && (OPEN.indexOf(former.state) < 0 || former.case_no)) { throw new OutboxRefusal("outbox.closed"); }
  }
  function blank(kind) { return { kind: kind, state: "draft", meta: {}, sealed: null, said: null, saved_at: Date.now(), tries: 0, try_at: 0 }; }

  async function keep(item) {
    await must();
    askToStay();
    const sealed = await sealing.sealWords(item.fields, "item:" + item.key);
    await change(item.key, function (former) {
      openOnly(former);
      const begun = former || blank(item.kind);
      return Object.assign({}, begun, { kind: item.kind, sealed: sealed, meta: Object.assign({}, item.meta), saved_at: Date.now() });
    });
  }

  /* ---- photos ---- */
  async function photo(key, given) {
    await must();
    const sealed = await sealing.seal(given.bytes, "photo:" + key + ":" + given.photo_key);
    await change(key, function (former) { openOnly(former); return former || blank("filing"); });
    await (await sealing.database()).put("photos", {
      photo_key: given.photo_key, key: key, account: await sealing.account(), mime: given.mime, width: given.width, height: given.height,
      size: given.bytes.byteLength, sealed: sealed, saved_at: Date.now(),
    });
    await announce();
  }
  async function photosOf(key) {
    const found = await (await sealing.database()).getAllFromIndex("photos", "item", key);
    return found.sort(function (a, b) { return a.saved_at - b.saved_at; });
  }
  async function dropPhoto(key, photoKey) {
    const former = await row(key), store = await sealing.database(), lying = await store.get("photos", photoKey);
    if (!lying || lying.key !== key || lying.account !== await sealing.account()) { return; }
    if (!lying.is_refused) { openOnly(former); }
    await store.delete("photos", photoKey);
    if (former && former.case_no && !(await photosOf(key)).some(function (each) { return each.is_refused; })) {
      await change(key, function (was) { return was && was.state === "needs" ? Object.assign({}, was, { state: "photos", said: null, try_at: 0 }) : was; });
    }
    await announce();
  }

  /* ---- reading ---- */
  async function shown(row, withBytes) {
    const photos = await Promise.all((await photosOf(row.key)).map(async function (each) {
      return { photo_key: each.photo_key, size: each.size, mime: each.mime, is_refused: Boolean(each.is_refused),
        bytes: withBytes ? await sealing.unseal(each.sealed, "photo:" + row.key + ":" + each.photo_key) : null };
    }));
    const fields = await sealing.unsealWords(row.sealed, "item:" + row.key), said = await sealing.unsealWords(row.said, "said:" + row.key);
    return {
      key: row.key, kind: row.kind, state: row.state, fields: fields, photos: photos, meta: row.meta, saved_at: row.saved_at,
      problems: said ? said.problems : null, changes: said && said.changes || null, version: said ? said.version : null,
      is_locked: Boolean(row.sealed) && fields === null, is_old: isOld(row), is_begun: Boolean(row.begun_at), tries: row.tries,
      case_no: row.case_no || null, case_url: row.case_url || null, receipt_url: row.receipt_url || null, sent_at: row.sent_at || null, left: row.left || {},
    };
  }
  function isOld(row) { return row.state !== "sent" && Date.now() - row.saved_at > OLD_DAYS * DAY_MS; }
  async function read(key) {
    await must();
    const found = await row(key);
    return found ? shown(found, true) : null;
  }
  async function list() {
    await must();
    return Promise.all((await rows()).map(function (each) { return shown(each, false); }));
  }
  async function drop(key) {
    await change(key, function (former) {
      if (former && former.state === "sending") { throw new OutboxRefusal("outbox.closed"); }
      return null;
    });
  }

  /* ---- telling the page, and the other tabs ---- */
  function isToday(moment) { return new Date(moment).toDateString() === new Date().toDateString(); }
  async function recount() {
    const all = await rows(), of = function (states) { return all.filter(function (each) { return states.indexOf(each.state) >= 0; }).length; };
    const sent = all.filter(function (each) { return each.state === "sent" && isToday(each.sent_at); });
    Object.assign(counts, { drafts: of(["draft"]), waiting: of(["waiting", "sending", "photos"]), needs: of(["needs"]), sent_today: sent.length,
      old: all.filter(isOld).length });
    document.dispatchEvent(new CustomEvent("gridmediate:outbox", { detail: Object.assign({}, counts) }));
  }
  async function announce(more) {
    Object.assign(counts, more);
    await recount();
    if (others) { others.postMessage("changed"); }
  }
  if (others) { others.onmessage = function () { ready.then(function (found) { if (found.possible) { recount(); } }); }; }

  const ready = begin();
  ready.then(function (found) { if (found.possible) { recount(); } });

  gridmediate.outbox = {
    told: sealing.told,
    ready: ready, keep: keep, photo: photo, dropPhoto: dropPhoto, read: read, list: list, drop: drop, counts: counts,
    /* for sending.js */
    inside: { rows: rows, row: row, change: change, photosOf: photosOf, announce: announce, Refusal: OutboxRefusal },
  };
}());
