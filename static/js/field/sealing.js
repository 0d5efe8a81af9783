/* What lies on the phone lies sealed. Each phone has a P-256 key pair per account: the public half stays in IndexedDB, so that
   sealing always works; the private half lies there wrapped by a key that the server gives only to a live session. Unwrapped it is held
   in memory; the wrapping key in sessionStorage, so that the same tab goes on after a reload without signal and ends with the tab.
   A sealed thing is encrypted with AES-GCM under a key of its own, agreed by ECDH between a passing key and the phone's (HKDF-SHA-256),
   and bound to its label: nobody can put one item's contents under another's number.
   What this cannot do: keep out somebody who holds the phone unlocked with a live session in an open tab. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate = window.gridmediate || {};
  const page = document.querySelector("[data-field]");
  const told = page ? page.dataset : {};
  const NAME = "gridmediate-field", IN_TAB = "gridmediate-field-key", LEASE_MS = 40000, CHECK_MS = 300000;
  const PAIR = { name: "ECDH", namedCurve: "P-256" };
  const text = new TextEncoder();
  const held = new Map();
  let opening = null;

  function plain(account) { return (account || "").replace(/-/g, "").toLowerCase(); }
  function isPossible() {
    return Boolean(page && window.idb && window.indexedDB && window.isSecureContext && window.crypto && window.crypto.subtle);
  }
  function uuid() {
    if (window.crypto.randomUUID) { return window.crypto.randomUUID(); }
    const bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    const hex = Array.from(bytes, function (each) { return (each + 256).toString(16).slice(1); }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* ---- the database, and small facts in it ---- */
  function database() {
    if (!opening) {
      opening = window.idb.openDB(NAME, 1, {
        upgrade: function (db) {
          db.createObjectStore("device", { keyPath: "id" });
          db.createObjectStore("state");
          db.createObjectStore("items", { keyPath: "key" });
          db.createObjectStore("photos", { keyPath: "photo_key" }).createIndex("item", "key");
        },
        terminated: function () { opening = null; },
      });
      opening.catch(function () { opening = null; });
    }
    return opening;
  }
  async function fact(name) { return (await database()).get("state", name); }
  async function note(name, value) { return (await database()).put("state", value, name); }
  async function forget(name) { return (await database()).delete("state", name); }

  /* ---- one at a time, over all tabs: the browser's locks, or a lease that a dead tab loses ---- */
  async function takeLease(name, holder) {
    const tx = (await database()).transaction("state", "readwrite"), now = Date.now(), lease = await tx.store.get("lease:" + name);
    const free = !lease || lease.until < now || lease.holder === holder;
    if (free) { await tx.store.put({ holder: holder, until: now + LEASE_MS }, "lease:" + name); }
    await tx.done;
    return free;
  }
  async function leased(name, wait, act) {
    const holder = uuid(), patience = Date.now() + (wait ? LEASE_MS + 5000 : 0);
    while (!await takeLease(name, holder)) {
      if (Date.now() >= patience) { return undefined; }
      await new Promise(function (go) { window.setTimeout(go, 500); });
    }
    const renewing = window.setInterval(function () { takeLease(name, holder).catch(function () { /* it runs out by itself */ }); }, LEASE_MS / 4);
    try { return await act(); } finally { window.clearInterval(renewing); await forget("lease:" + name); }
  }
  async function exclusive(name, wait, act) {
    if (!navigator.locks) { return leased(name, wait, act); }
    return navigator.locks.request("gridmediate-" + name, wait ? {} : { ifAvailable: true }, function (lock) { return lock ? act() : undefined; });
  }

  /* ---- asking the server: never throws; status 0 is no answer at all ---- */
  async function ask(url, options) {
    const given = Object.assign({ timeout_ms: 10000 }, options), stop = new AbortController();
    const timer = window.setTimeout(function () { stop.abort(); }, given.timeout_ms);
    try {
      const answer = await fetch(url, {
        method: given.method || "GET", body: given.body, headers: Object.assign({ Accept: "application/json" }, given.headers),
        credentials: "same-origin", cache: "no-store", redirect: "manual", signal: stop.signal,
      });
      const kind = answer.headers.get("Content-Type") || "";
      // A gate of a hotel's or a shop's network answers everything with a page of its own: only JSON is our server.
      const body = kind.indexOf("application/json") === 0 ? await answer.json() : null;
      return { status: answer.type === "opaqueredirect" ? 303 : answer.status, body: body, retry_after: Number(answer.headers.get("Retry-After")) || 0 };
    } catch (unreachable) {
      return { status: 0, body: null, retry_after: 0 };
    } finally { window.clearTimeout(timer); }
  }
  function askToken() { return ask(told.token); }

  /* ---- whose phone: the page says it; the impersonal page takes who was here last ---- */
  let who = null;
  async function account() {
    if (who === null) {
      who = plain(told.account);
      if (who) { if (await fact("me") !== who) { await changeHands(who); } } else { who = await fact("me") || ""; }
    }
    return who;
  }
  async function changeHands(now) {
    await note("me", now);
    await forgetPages();
  }
  /* The kept pages bear a name, the data a street; the impersonal page and the files stay. */
  async function forgetPages() {
    if (!window.caches) { return; }
    const names = (await window.caches.keys()).filter(function (name) { return /^gridmediate-(pages|data)-/.test(name); });
    await Promise.all(names.map(async function (name) {
      const cache = await window.caches.open(name), all = await cache.keys();
      await Promise.all(all.filter(function (each) { return new URL(each.url).pathname !== told.offline; }).map(function (each) { return cache.delete(each); }));
    }));
    await forget("warmed");
  }

  /* ---- the phone's keys ---- */
  async function devices() {
    const mine = await account(), all = await (await database()).getAll("device");
    return all.filter(function (each) { return each.account === mine; }).sort(function (a, b) { return b.made_at - a.made_at; });
  }
  async function device() { return (await devices()).filter(function (each) { return !each.is_lost; })[0] || null; }

  function fromBase64(words) {
    const raw = window.atob(words.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (letter) { return letter.charCodeAt(0); });
  }
  function wrapping(key, uses) { return window.crypto.subtle.importKey("raw", fromBase64(key), "AES-GCM", false, uses); }
  async function unwrap(row, key) {
    try {
      const by = await wrapping(key, ["unwrapKey"]);
      held.set(row.id, await window.crypto.subtle.unwrapKey("pkcs8", row.wrapped, by, { name: "AES-GCM", iv: row.iv }, PAIR, false, ["deriveBits"]));
      return true;
    } catch (another) { return false; }
  }
  function inTab() { try { return JSON.parse(window.sessionStorage.getItem(IN_TAB)) || {}; } catch (refused) { return {}; } }
  function keepInTab(id, key) {
    const keys = Object.assign(inTab(), { [id]: key, checked_at: Date.now() });
    try { window.sessionStorage.setItem(IN_TAB, JSON.stringify(keys)); } catch (refused) { /* lasts as long as the page */ }
  }
  function leaveTab() {
    held.clear();
    try { window.sessionStorage.removeItem(IN_TAB); } catch (refused) { /* it was never there */ }
  }
  function askKey(id) { return ask(told.key + "?device=" + encodeURIComponent(id)); }

  async function enrol() {
    return exclusive("enrol", true, async function () {
      if (await device() || await revokedAt()) { return; }
      const token = await askToken();
      if (token.status !== 200 || !token.body || plain(token.body.account) !== await account()) { return; }
      const made = await ask(told.devices, { method: "POST", headers: { "X-CSRFToken": token.body.csrf_token } });
      if (made.status !== 201 || !made.body) { return made.status === 409 && made.body ? made.body.sentence : ""; }
      const given = await askKey(made.body.device);
      if (given.status !== 200 || !given.body) { return; }
      const pair = await window.crypto.subtle.generateKey(PAIR, true, ["deriveBits"]), iv = window.crypto.getRandomValues(new Uint8Array(12));
      const wrapped = await window.crypto.subtle.wrapKey("pkcs8", pair.privateKey, await wrapping(given.body.key, ["wrapKey"]), { name: "AES-GCM", iv: iv });
      const row = { id: made.body.device, account: await account(), open: await window.crypto.subtle.exportKey("raw", pair.publicKey), wrapped: wrapped, iv: iv, made_at: Date.now() };
      await (await database()).put("device", row);
      keepInTab(row.id, given.body.key);
      await unwrap(row, given.body.key);
    });
  }

  /* "open", "locked", or "revoked" (everything of this phone is then gone). afresh: the server is asked, whatever this tab holds. */
  async function unlock(afresh) {
    const row = await device();
    if (!row) { return "locked"; }
    const key = inTab()[row.id];
    if (!held.has(row.id) && key) { await unwrap(row, key); }
    if (held.has(row.id) && !afresh) { return "open"; }
    if (!navigator.onLine && !afresh) { return "locked"; }
    return unlockByServer(row);
  }
  async function unlockByServer(row) {
    const answer = await askKey(row.id), code = answer.body && answer.body.code;
    if (answer.status === 200 && answer.body && plain(answer.body.account) === row.account) {
      keepInTab(row.id, answer.body.key);
      return held.has(row.id) || await unwrap(row, answer.body.key) ? "open" : lose(row);
    }
    if (answer.status === 410 && code === "device.revoked") { await revoke(row.account); return "revoked"; }
    if (answer.status === 404 && code && await isSignedInAs(row.account)) { return lose(row); }
    return held.has(row.id) ? "open" : "locked";
  }
  async function isSignedInAs(owner) {
    const token = await askToken();
    return token.status === 200 && Boolean(token.body) && plain(token.body.account) === owner;
  }
  /* The server no longer knows this phone. What it sealed stays, should its key come back; new things need new keys. */
  async function lose(row) {
    await (await database()).put("device", Object.assign({}, row, { is_lost: true }));
    held.delete(row.id);
    await enrol();
    return held.size ? "open" : "locked";
  }
  async function revoke(owner) {
    await wipe(owner);
    await note("revoked:" + owner, Date.now());
    document.dispatchEvent(new CustomEvent("gridmediate:revoked"));
  }
  async function revokedAt() { return fact("revoked:" + await account()); }
  async function acceptRevocation() { await forget("revoked:" + await account()); }
  function isStale() { return Date.now() - (inTab().checked_at || 0) > CHECK_MS; }

  /* ---- sealing ---- */
  async function agreed(mine, theirs, salt) {
    const bits = await window.crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine, 256);
    const seed = await window.crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
    return window.crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: salt, info: text.encode("gridmediate field 1") }, seed,
      { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  }
  function opened(raw) { return window.crypto.subtle.importKey("raw", raw, PAIR, false, []); }
  async function seal(bytes, label) {
    const row = await device(), passing = await window.crypto.subtle.generateKey(PAIR, true, ["deriveBits"]);
    const from = await window.crypto.subtle.exportKey("raw", passing.publicKey), iv = window.crypto.getRandomValues(new Uint8Array(12));
    const key = await agreed(passing.privateKey, await opened(row.open), from);
    return { device: row.id, from: from, iv: iv, body: await window.crypto.subtle.encrypt({ name: "AES-GCM", iv: iv, additionalData: text.encode(label) }, key, bytes) };
  }
  /* null where the key to read is not at hand */
  async function unseal(sealed, label) {
    if (!sealed) { return null; }
    if (!held.has(sealed.device)) {
      const row = await (await database()).get("device", sealed.device), key = inTab()[sealed.device];
      if (!row || !key || !await unwrap(row, key)) { return null; }
    }
    try {
      const key = await agreed(held.get(sealed.device), await opened(sealed.from), sealed.from);
      return await window.crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData: text.encode(label) }, key, sealed.body);
    } catch (altered) { return null; }
  }
  function sealWords(value, label) { return seal(text.encode(JSON.stringify(value)), label); }
  async function unsealWords(sealed, label) {
    const bytes = await unseal(sealed, label);
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  }

  /* ---- taking an account's things away. The phone's keys go only with revocation: without the server they open nothing, and
     a new phone with every sign-in would fill the person's list of phones ---- */
  async function wipe(owner, spared) {
    const spare = Object.assign({ device: false, unsent: false }, spared), tx = (await database()).transaction(["items", "photos", "device", "state"], "readwrite");
    for (const name of ["items", "photos", "device"]) {
      const store = tx.objectStore(name), rows = (await store.getAll()).filter(function (row) { return row.account === owner; });
      const gone = name === "device" ? !spare.device && rows : rows.filter(function (row) { return !spare.unsent || row.state === "sent"; });
      await Promise.all((gone || []).map(function (row) { return store.delete(row[store.keyPath]); }));
    }
    await tx.objectStore("state").delete("cases:" + owner);
    await tx.done;
    leaveTab();
    await forgetPages();
  }

  gridmediate.sealing = {
    told: told, isPossible: isPossible, uuid: uuid, plain: plain, database: database, fact: fact, note: note, forget: forget, exclusive: exclusive,
    ask: ask, askToken: askToken, account: account, device: device, enrol: enrol, unlock: unlock, isStale: isStale, revokedAt: revokedAt,
    acceptRevocation: acceptRevocation, seal: seal, unseal: unseal, sealWords: sealWords, unsealWords: unsealWords, wipe: wipe,
    leaveTab: leaveTab, forgetPages: forgetPages,
  };
}());
