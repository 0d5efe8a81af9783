/* The service worker: opens /file, /outbox and /offline without a network, and nothing else of anybody. TOLD comes before this text
   (gridmediate/web/offline.py): version, static, pages, offline, data, files.
   Three caches: files by version; the kept pages by version; data of the street, which outlives versions.
   Pages of cases, lists and receipts never come here: only the addresses that TOLD.pages names are ever stored. */
"use strict";
const STATIC = "gridmediate-static-" + TOLD.version, PAGES = "gridmediate-pages-" + TOLD.version, DATA = "gridmediate-data-1";
const PATIENCE_MS = 4000, GATEWAY = 502;

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(STATIC).then(function (cache) { return cache.addAll(TOLD.static); })
    .then(function () { return keepPage(TOLD.offline); }).then(warm).then(function () { return self.skipWaiting(); }));
});
self.addEventListener("activate", function (event) { event.waitUntil(tidy().then(function () { return self.clients.claim(); })); });
self.addEventListener("message", function (event) { if (event.data === "warm") { event.waitUntil(warm()); } });

/* Kept pages and the street's data, fetched while there is a network. Signed out or without rights there is simply nothing to keep. */
async function warm() {
  await Promise.all(TOLD.pages.map(function (path) { return keepPage(path).catch(function () { return null; }); }));
  try {
    const answer = await fetch(TOLD.files, { credentials: "same-origin", headers: { Accept: "application/json" }, redirect: "manual" });
    const list = answer.ok ? (await answer.json()).addresses : [];
    await Promise.all(list.map(function (address) { return keptData(new Request(address)).catch(function () { return null; }); }));
  } catch (unreachable) { /* another time */ }
  await tidy();
}
/* Old versions go, but not before the new one can open the filing page: an update met without a sign-in must not take filing away. */
async function tidy() {
  const names = (await caches.keys()).filter(function (name) { return /^gridmediate-(static|pages)-/.test(name) && name !== STATIC && name !== PAGES; });
  const had = await Promise.all(names.map(async function (name) { return (await (await caches.open(name)).keys()).some(isPersonal); }));
  if (had.some(Boolean) && !(await (await caches.open(PAGES)).keys()).some(isPersonal)) { return; }
  await Promise.all(names.map(function (name) { return caches.delete(name); }));
}
function isPersonal(request) { const path = new URL(request.url).pathname; return TOLD.pages.indexOf(path) >= 0 && path !== TOLD.offline; }

async function keepPage(path) { return store(path, await fetch(path, { credentials: "same-origin", redirect: "manual" })); }
/* The page without its form token, which belongs to a sign-in and is never stored. */
async function store(path, answer) {
  if (answer.status !== 200 || (answer.headers.get("Content-Type") || "").indexOf("text/html") !== 0) { return; }
  const page = (await answer.text()).replace(/(name="csrf_token" value="|name="csrf-token" content=")[^"]*/g, "$1");
  const headers = new Headers();
  ["Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"].forEach(function (name) {
    if (answer.headers.get(name)) { headers.set(name, answer.headers.get(name)); }
  });
  await (await caches.open(PAGES)).put(path, new Response(page, { headers: headers }));
}
/* This version's first; an older one's only while this one has none (see tidy). */
async function kept(path) { return await (await caches.open(PAGES)).match(path) || caches.match(path); }
async function standIn() { return await kept(TOLD.offline) || Response.error(); }

async function keptPage(request, path) {
  const fresh = fetch(request).then(async function (answer) {
    if (answer.status >= GATEWAY) { throw new Error("gateway"); }
    await store(path, answer.clone());
    return answer;
  });
  const late = new Promise(function (tell) { setTimeout(tell, PATIENCE_MS); });
  try {
    const first = await Promise.race([fresh, late]);
    return first || await kept(path) || await fresh;
  } catch (unreachable) { return await kept(path) || standIn(); }
}
async function keptData(request) {
  const cache = await caches.open(DATA), url = new URL(request.url), isVersioned = url.searchParams.has("v");
  const found = await cache.match(request);
  if (found && isVersioned) { return found; }
  try {
    const answer = await fetch(request, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) { await replace(cache, url, answer.clone()); }
    return answer;
  } catch (unreachable) { if (found) { return found; } throw unreachable; }
}
async function replace(cache, url, answer) {
  const bare = withoutVersion(url);
  const old = (await cache.keys()).filter(function (each) { return withoutVersion(new URL(each.url)) === bare; });
  await Promise.all(old.map(function (each) { return cache.delete(each); }));
  await cache.put(url.href, answer);
}
function withoutVersion(url) { const bare = new URL(url.href); bare.searchParams.delete("v"); return bare.href; }
async function keptFile(request) {
  return await (await caches.open(STATIC)).match(request) || await caches.match(request) || fetch(request);
}

self.addEventListener("fetch", function (event) {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) { return; }
  if (request.mode === "navigate") {
    const isKept = TOLD.pages.indexOf(url.pathname) >= 0;
    event.respondWith(isKept ? keptPage(request, url.pathname) : fetch(request).catch(standIn));
  } else if (url.pathname.indexOf("/static/") >= 0) {
    event.respondWith(keptFile(request));
  } else if (TOLD.data.some(function (path) { return url.pathname.indexOf(path) === 0; })) {
    event.respondWith(keptData(request));
  }
});
