/* The outbox on every page of people who file: the counter, the question before signing out, a revoked phone, the service worker,
   and the sealed copy of one's own open cases for places without signal. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, sealing = gridmediate.sealing, outbox = gridmediate.outbox, told = sealing.told;
  const CASES_EVERY_MS = 600000, WARM_EVERY_MS = 43200000, PATIENCE_MS = 4000, CALM_MS = 2500;

  gridmediate.fill = function (words, values) { return words.replace(/\{(\w+)\}/g, function (whole, name) { return name in values ? values[name] : whole; }); };
  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }

  /* ---- the counter ---- */
  function unsent() { return outbox.counts.drafts + outbox.counts.waiting + outbox.counts.needs; }
  document.addEventListener("gridmediate:outbox", function (event) {
    const count = unsent();
    each("[data-unsent]", function (place) { place.textContent = count; });
    each("[data-unsent-badge]", function (badge) {
      badge.textContent = count;
      badge.hidden = !count;
      badge.classList.toggle("count--need", event.detail.needs > 0);
    });
  });

  /* ---- a revoked phone ---- */
  function sayRevoked() {
    const main = document.querySelector("main"), words = document.getElementById("revoked-notice");
    if (!main || !words || document.querySelector("[data-revocation-seen]")) { return; }
    const notice = document.createElement("div");
    notice.className = "wrap";
    notice.appendChild(words.content.cloneNode(true));
    main.prepend(notice);
    notice.querySelector("[data-revocation-seen]").addEventListener("click", function () { sealing.acceptRevocation().then(function () { window.location.reload(); }); });
  }
  document.addEventListener("gridmediate:revoked", sayRevoked);
  outbox.ready.then(function (found) { if (found.revoked) { sayRevoked(); } });

  /* ---- signing out ---- */
  let leaving = null;
  const question = document.getElementById("sign-out-question");
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (new URL(form.action).pathname !== told.signOut) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    leaving = form;
    // Nobody is held back by a database that does not answer.
    const patience = window.setTimeout(function () { form.submit(); }, PATIENCE_MS);
    before().then(function (asks) { window.clearTimeout(patience); if (!asks) { form.submit(); } }, function () { form.submit(); });
  }, true);
  async function before() {
    if (!sealing.isPossible()) { return false; }
    const found = await outbox.ready, mine = await sealing.account();
    if (found.possible && unsent() && question.showModal) {
      each("#sign-out-question [data-words]", function (place) { place.textContent = gridmediate.fill(place.dataset.words, { n: unsent() }); });
      question.showModal();
      return true;
    }
    await sealing.wipe(mine, { device: true });
    return false;
  }
  if (question) {
    question.addEventListener("click", async function (event) {
      const button = event.target.closest("[data-sign-out]"), mine = await sealing.account();
      if (!button) { return; }
      if (button.dataset.signOut === "stay") { question.close(); window.location.assign(told.outbox); return; }
      await sealing.wipe(mine, { device: true, unsent: button.dataset.signOut === "keep" });
      leaving.submit();
    });
  }

  /* ---- own open cases, sealed, for reading without signal ---- */
  async function keepCases() {
    if (!told.account || !(await outbox.ready).possible || !navigator.onLine) { return; }
    const name = "cases:" + await sealing.account(), former = await sealing.fact(name);
    if (former && Date.now() - former.at < CASES_EVERY_MS) { return; }
    const answer = await sealing.ask(told.ownCases);
    if (answer.status !== 200 || !answer.body || !answer.body.cases) { return; }
    await sealing.note(name, { at: Date.now(), sealed: await sealing.sealWords(answer.body, name) });
  }
  outbox.cases = async function () {
    const name = "cases:" + await sealing.account(), kept = await sealing.fact(name);
    return kept ? { at: kept.at, list: await sealing.unsealWords(kept.sealed, name) } : null;
  };

  /* ---- the service worker: later than everything that the person is waiting for ---- */
  async function register() {
    if (!told.worker || !told.account || !navigator.serviceWorker || !window.isSecureContext) { return; }
    await navigator.serviceWorker.register(told.worker);
    const ready = await navigator.serviceWorker.ready, warmed = await sealing.fact("warmed");
    if (warmed && warmed.account === told.account && Date.now() - warmed.at < WARM_EVERY_MS) { return; }
    ready.active.postMessage("warm");
    await sealing.note("warmed", { account: told.account, at: Date.now() });
  }
  function calmly() {
    window.setTimeout(function () {
      keepCases();
      if (sealing.isPossible()) { register().catch(function () { /* the outbox works without it */ }); }
    }, CALM_MS);
  }
  if (document.readyState === "complete") { calmly(); } else { window.addEventListener("load", calmly); }
}());
