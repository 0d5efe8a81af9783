/* Sending what waits in the outbox. Over all tabs one sends at a time; each pass takes one fresh form token and asks for the key anew,
   so that a revoked phone is noticed before anything of it goes out. A case goes first, then its photos, part by part.
   Only the server's own receipt ends an item: no answer, a busy server, an ended session or a page that is not ours keep it waiting.
   The same item sent again carries the same number, and the server files it once. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, sealing = gridmediate.sealing, outbox = gridmediate.outbox, inside = outbox.inside, told = sealing.told;
  const PART_BYTES = 256 * 1024, FORM_MS = 30000, PART_MS = 60000, EVERY_MS = 60000, FIRST_PAUSE_S = 15, LONGEST_PAUSE_S = 1800, MOST_STUCK = 3;
  const SENDABLE = ["waiting", "sending", "photos"];
  const NEEDS_PERSON = [400, 409, 413, 422];
  const waiters = new Map();
  let chain = Promise.resolve(), length = 0, isBackMeanwhile = false;

  /* ---- what an answer means: table first, then what is ours by its JSON ---- */
  const KEEP = { 0: "network", 303: "session", 401: "session", 403: "session", 419: "session", 429: "busy", 503: "busy", 507: "busy" };
  function verdict(answer, isReceipt) {
    const ours = answer.body && answer.body.code && answer.body.sentence;
    if (answer.status >= 200 && answer.status < 300) { return answer.body && isReceipt(answer.body) ? "done" : "network"; }
    if (KEEP[answer.status]) { return KEEP[answer.status]; }
    if (answer.status >= 500) { return "fault"; }
    if (answer.status === 400 && answer.body && answer.body.code === "form.expired") { return "session"; }
    // A 404 or 405 without our words is a gate's or a server half-way through an update; with them it is said to the person.
    return ours || NEEDS_PERSON.indexOf(answer.status) >= 0 ? "needs" : "fault";
  }

  /* ---- pauses ---- */
  function pauseMs(tries, asked) { return 1000 * Math.max(asked, Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * Math.pow(2, Math.min(tries, 10))) * (0.8 + 0.4 * Math.random())); }
  async function rest(cause, answer) {
    const former = await sealing.fact("pause") || { tries: 0 }, since = former.cause === cause ? former.since : Date.now();
    const pause = { cause: cause, since: since, tries: former.tries + 1, until: Date.now() + pauseMs(former.tries, answer ? answer.retry_after : 0) };
    await sealing.note("pause", pause);
    await tell(pause);
    return null;
  }
  async function tell(pause) {
    const off = !navigator.onLine || Boolean(pause && pause.cause === "network");
    await inside.announce({ online: !off, cause: pause ? pause.cause : off ? "network" : null, since: pause ? pause.since : null });
  }
  async function goOn() { await sealing.forget("pause"); await tell(null); }

  /* ---- one pass ---- */
  async function due(options) {
    const now = Date.now(), rows = await inside.rows();
    return rows.filter(function (row) { return SENDABLE.indexOf(row.state) >= 0 && (options.force || row.key === options.key || (row.try_at || 0) <= now); })
      .sort(function (a, b) { return Number(b.key === options.key) - Number(a.key === options.key) || a.saved_at - b.saved_at; });
  }
  async function pass(options) {
    const pause = await sealing.fact("pause");
    if (!(await due(options)).length || pause && pause.until > Date.now() && !options.force && !options.key) { return; }
    await sealing.exclusive("outbox", Boolean(options.force || options.key), async function () {
      await takeUpLeft();
      const open = await opened();
      if (!open) { return; }
      for (const row of await due(options)) {
        if (!await sendRow(row.key, open)) { return; }
      }
    });
  }
  /* We hold the lock, so whatever stands as being sent was left so by a tab that died. */
  async function takeUpLeft() {
    const left = (await inside.rows()).filter(function (row) { return row.state === "sending"; });
    for (const row of left) { await inside.change(row.key, function (was) { return Object.assign({}, was, { state: "waiting" }); }); }
  }
  async function opened() {
    const token = await sealing.askToken();
    if (token.status !== 200 || !token.body) { return rest(verdict(token, function () { return false; }), token); }
    const mine = await sealing.account();
    if (sealing.plain(token.body.account) !== mine) { return rest("other_account"); }
    const found = await sealing.unlock(true);
    if (found === "revoked") { await inside.announce({ revoked: true }); return null; }
    if (found !== "open") { return rest("locked"); }
    await goOn();
    return { token: token.body.csrf_token };
  }

  /* Returns whether to go on with the next. */
  async function sendRow(key, open) {
    let row = await inside.row(key);
    if (!row || SENDABLE.indexOf(row.state) < 0) { return true; }
    if (!row.case_no && row.state !== "photos") {
      const fields = await sealing.unsealWords(row.sealed, "item:" + key);
      if (fields === null) { return true; }
      await inside.change(key, function (was) { return Object.assign({}, was, { state: "sending", begun_at: was.begun_at || Date.now() }); });
      const answer = await postForm(row, fields, open), found = verdict(answer, row.kind === "note" ? Boolean : function (body) { return body.case_no; });
      if (found !== "done") { return settle(row, found, answer); }
      row = await receive(row, answer.body);
    }
    return row.state !== "photos" || sendPhotos(row, open);
  }
  async function postForm(row, fields, open) {
    const form = new URLSearchParams(fields), url = row.kind === "note" ? row.meta.url : told.cases, number = row.kind === "note" ? "note_key" : "filing_key";
    if (!form.get(number)) { form.set(number, row.key); }
    const post = function () { return sealing.ask(url, { method: "POST", body: form, headers: { "X-CSRFToken": open.token }, timeout_ms: FORM_MS }); };
    const answer = await post();
    if (answer.status !== 400 || !answer.body || answer.body.code !== "form.expired") { return answer; }
    const token = await sealing.askToken();
    if (token.status !== 200 || !token.body || sealing.plain(token.body.account) !== row.account) { return answer; }
    open.token = token.body.csrf_token;
    return post();
  }
  async function receive(row, receipt) {
    const photos = await inside.photosOf(row.key);
    const now = await inside.change(row.key, function (was) {
      const next = photos.length ? "photos" : "sent";
      return Object.assign({}, was, { state: next, sealed: null, said: null, tries: 0, try_at: 0, sent_at: Date.now(), case_no: receipt.case_no || was.meta.case_no || "-",
        case_url: receipt.case_url || null, receipt_url: receipt.receipt_url || null });
    });
    answerWaiters(row.key, { state: "sent", receipt: receipt, photos: photos.length });
    return now;
  }
  /* What was not taken: back to waiting, or to the person with the server's own sentences, sealed like the item. */
  async function settle(row, found, answer) {
    if (found === "needs") {
      const body = answer.body || {}, problems = body.problems || [{ code: body.code || "http." + answer.status, sentence: body.sentence || "", field: body.field || null }];
      const said = await sealing.sealWords({ problems: problems, changes: body.changes, version: body.version }, "said:" + row.key);
      await inside.change(row.key, function (was) { return Object.assign({}, was, { state: "needs", said: said }); });
      answerWaiters(row.key, { state: "needs", problems: problems });
      return true;
    }
    await wait(row, answer);
    if (found === "fault") { return true; }
    await rest(found, answer);
    return false;
  }
  function wait(row, answer) {
    return inside.change(row.key, function (was) {
      return Object.assign({}, was, { state: was.case_no ? "photos" : "waiting", tries: was.tries + 1, try_at: Date.now() + pauseMs(was.tries, answer.retry_after) });
    });
  }

  /* ---- photos, each in parts, beginning where the server says it has come to ---- */
  async function sendPhotos(row, open) {
    let refused = 0;
    for (const photo of await inside.photosOf(row.key)) {
      const answer = await sendPhoto(row, photo, open), found = verdict(answer, function (body) { return body.complete; });
      if (found === "needs") { refused += 1; await refusePhoto(row, photo, answer); continue; }
      if (found !== "done") { return settle(row, found, answer); }
      await (await sealing.database()).delete("photos", photo.photo_key);
      await inside.announce();
    }
    await inside.change(row.key, function (was) {
      return Object.assign({}, was, refused ? { state: "needs" } : { state: "sent", said: null });
    });
    return true;
  }
  async function refusePhoto(row, photo, answer) {
    const body = answer.body || {}, said = await sealing.sealWords({ problems: [{ code: body.code || "http." + answer.status, sentence: body.sentence || "", field: null }] }, "said:" + row.key);
    await (await sealing.database()).put("photos", Object.assign({}, photo, { is_refused: true }));
    await inside.change(row.key, function (was) { return Object.assign({}, was, { said: said }); });
  }
  async function sendPhoto(row, photo, open) {
    const url = told.photos.replace("KEY", row.key).replace("PHOTO", photo.photo_key);
    const bytes = await sealing.unseal(photo.sealed, "photo:" + row.key + ":" + photo.photo_key);
    if (bytes === null) { return { status: 500, body: null, retry_after: 0 }; }
    let answer = await sealing.ask(url), stuck = 0, reached = -1;
    while (answer.body && typeof answer.body.received === "number" && !answer.body.complete && stuck < MOST_STUCK) {
      const from = answer.body.received;
      stuck = from > reached ? 0 : stuck + 1;
      reached = Math.max(reached, from);
      progress(row, photo, from);
      // Everything is there and it is still not complete: the last part is sent again and lets the server finish.
      const begin = from < bytes.byteLength ? from : Math.max(0, bytes.byteLength - PART_BYTES);
      answer = await sealing.ask(url + "?offset=" + begin + "&size=" + bytes.byteLength, {
        method: "PUT", body: bytes.slice(begin, begin + PART_BYTES), timeout_ms: PART_MS,
        headers: { "X-CSRFToken": open.token, "Content-Type": "application/octet-stream" },
      });
    }
    if (answer.body && answer.body.complete) { progress(row, photo, photo.size); }
    return answer.status === 409 && answer.body && typeof answer.body.received === "number" ? { status: 503, body: null, retry_after: 0 } : answer;
  }
  function progress(row, photo, sent) {
    document.dispatchEvent(new CustomEvent("gridmediate:outbox-progress", { detail: { key: row.key, photo_key: photo.photo_key, sent: sent, size: photo.size } }));
  }

  /* ---- what pages call ---- */
  function answerWaiters(key, result) {
    (waiters.get(key) || []).forEach(function (tell) { tell(result); });
    waiters.delete(key);
  }
  function queue(options) {
    length += 1;
    const mine = chain.then(function () { return pass(options); }).catch(function (fault) { window.setTimeout(function () { throw fault; }, 0); }).then(function () {
      length -= 1;
      if (!length && isBackMeanwhile) { isBackMeanwhile = false; byItself(true); }
    });
    chain = mine;
    return mine;
  }
  async function flush() {
    if (!(await outbox.ready).possible) { return; }
    await queue({ force: true });
  }
  async function send(key) {
    const now = await inside.change(key, function (was) {
      if (!was) { throw new inside.Refusal("outbox.missing"); }
      if (was.state !== "draft" && was.state !== "needs") { return was; }
      return Object.assign({}, was, { state: was.case_no ? "photos" : "waiting", said: null, tries: 0, try_at: 0, begun_at: Date.now() });
    });
    if (now.state === "sent") { return { state: "sent", receipt: receiptOf(now) }; }
    const first = new Promise(function (tell) { waiters.set(key, (waiters.get(key) || []).concat(tell)); });
    const result = await Promise.race([first, queue({ key: key }).then(function () { return null; })]);
    return result || after(key);
  }
  async function after(key) {
    const now = await inside.row(key);
    waiters.delete(key);
    if (now && now.case_no) { return { state: "sent", receipt: receiptOf(now) }; }
    if (now && now.state === "needs") { return { state: "needs", problems: (await outbox.read(key)).problems || [] }; }
    return { state: "waiting" };
  }
  function receiptOf(row) { return { case_no: row.case_no, case_url: row.case_url, receipt_url: row.receipt_url }; }

  /* A note that met a changed case: sent again knowingly, over the version that the person has now seen. */
  async function sendOver(key) {
    const item = await outbox.read(key);
    if (!item || !item.fields || !item.version) { return { state: "needs", problems: [] }; }
    const fields = item.fields.filter(function (pair) { return pair[0] !== "version"; }).concat([["version", String(item.version)]]);
    await outbox.keep({ key: key, kind: item.kind, fields: fields, meta: item.meta });
    return send(key);
  }
  /* Tries at its own pace; a network, a page or a sign-in that has just come back is no reason to wait any longer. Only a busy server is. */
  async function byItself(isBack) {
    if (!(await outbox.ready).possible) { return; }
    // A pass that began without the network ends in a pause: what came back meanwhile must not be forgotten over it.
    if (length) { isBackMeanwhile = isBackMeanwhile || isBack; return; }
    const pause = isBack ? await sealing.fact("pause") : null;
    await queue({ force: Boolean(pause && pause.cause !== "busy") });
  }
  outbox.ready.then(async function (found) {
    if (!found.possible) { return; }
    const pause = await sealing.fact("pause");
    await tell(pause && pause.until > Date.now() ? pause : null);
    await byItself(navigator.onLine);
  });
  window.addEventListener("online", function () { byItself(true); });
  window.addEventListener("offline", function () { outbox.ready.then(function (found) { if (found.possible) { rest("network"); } }); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { byItself(true); } });
  window.setInterval(function () { byItself(false); }, EVERY_MS);

  Object.assign(outbox, { send: send, flush: flush, sendOver: sendOver });
}());
