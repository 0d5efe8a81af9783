/* Filing where the phone keeps nothing sealed (no database, no secure address) or where a step was posted: the draft of this tab, and the
   phone's way back. The draft lies in sessionStorage and nowhere else: it ends with the tab, no other tab and no later user of a shared phone
   can read it, and it carries the account, so that the next person who signs in does not see it. */
(function () {
  "use strict";
  const KEY = "gridmediate-filing";
  const form = document.querySelector("form[data-filing]");
  const account = (document.querySelector("[data-account]") || document.body).dataset.account || "";

  function read() {
    try {
      const draft = JSON.parse(window.sessionStorage.getItem(KEY));
      if (draft && draft.account === account) { return draft; }
    } catch (unreadable) { /* none, or not allowed */ }
    return null;
  }
  function write(draft) {
    try { if (draft) { window.sessionStorage.setItem(KEY, JSON.stringify(draft)); } else { window.sessionStorage.removeItem(KEY); } } catch (refused) { /* private window */ }
  }
  function value(fields, name) { const found = fields.find(function (pair) { return pair[0] === name && pair[1]; }); return found ? found[1] : ""; }
  function worthKeeping(fields) { return ["t2_code", "facts", "address"].some(function (name) { return value(fields, name); }); }

  if (document.querySelector("[data-receipt]")) { write(null); }
  if (!form) { return; }

  function fields() {
    const rows = [];
    new FormData(form).forEach(function (text, name) { if (typeof text === "string" && ["csrf_token", "step", "q", "head"].indexOf(name) < 0) { rows.push([name, text]); } });
    return rows;
  }
  function resume(kept) {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    kept.fields.concat([["csrf_token", form.elements.csrf_token.value], ["step", kept.step], ["go", kept.step]]).forEach(function (pair) {
      const field = document.createElement("input");
      field.type = "hidden"; field.name = pair[0]; field.value = pair[1];
      again.appendChild(field);
    });
    document.body.appendChild(again);
    again.submit();
  }

  function posted() {
    const offer = form.querySelector("[data-draft-offer]"), kept = read();
    let saving = null, left = false;
    function save() {
      window.clearTimeout(saving);
      if (left || (offer && !offer.hidden)) { return; }
      const rows = fields();
      if (worthKeeping(rows)) { write({ account: account, step: form.dataset.filing, fields: rows }); }
    }
    form.addEventListener("input", function () { window.clearTimeout(saving); saving = window.setTimeout(save, 400); });
    form.addEventListener("change", save);
    form.addEventListener("gridmediate:located", function () { window.setTimeout(save, 0); });
    form.addEventListener("submit", function () {
      const clock = form.querySelector('[name="client_at"]');
      if (clock) { clock.value = new Date().toISOString(); }
      save();
    });
    window.addEventListener("pagehide", save);

    /* A form opened anew, while another was left half-way: offer to go on. */
    if (offer && kept && !form.querySelector("[data-error-summary]") && !worthKeeping(fields()) && worthKeeping(kept.fields)) {
      offer.querySelector("[data-draft-words]").textContent = value(kept.fields, "facts").slice(0, 40) || value(kept.fields, "address").slice(0, 40);
      offer.hidden = false;
      offer.querySelector("[data-draft-resume]").addEventListener("click", function () { left = true; resume(kept); });
      offer.querySelector("[data-draft-drop]").addEventListener("click", function () { write(null); offer.hidden = true; save(); });
    } else { save(); }

    /* The phone's own way back is the step's way back, so that nothing has to be sent again. */
    const back = document.querySelector("[data-step-back]");
    if (!back) { return; }
    let armed = false;
    const arm = function () { if (!armed) { armed = true; window.history.pushState({ filing: form.dataset.filing }, ""); } };
    ["pointerdown", "keydown"].forEach(function (kind) { document.addEventListener(kind, arm, { once: true }); });
    window.addEventListener("popstate", function () { if (armed) { back.click(); } });
  }

  window.gridmediate.filing.posted = posted;
  if (!window.gridmediate.filing.data) { posted(); }
}());
