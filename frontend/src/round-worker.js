// The postman's round opens again without a network. Kept on this phone until the round ends: the list of its doors, the
// page of one door (the questions are the same at each) and their styles and scripts. Never an answer: no page holds any.
const CACHE = "relais-tournee";
const PATIENCE = 3000; // milliseconds before a slow network is left for what is kept
const ENDS = "Relais-Tournee"; // header of a round's pages: when it ends; a page of its place without it says it is over
const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const DOOR = new RegExp(`^(/t/[^/]+/(?:tournee|tournees/${ID}))/${ID}$`);
const HOME = new RegExp(`^/t/[^/]+/(?:tournee|tournees/${ID})$`);

// All doors of a round share one entry: the page finds its own address again.
function keyOf(address) {
  const { origin, pathname } = new URL(address, self.location.origin);
  const door = DOOR.exec(pathname);
  if (door) return `${origin}${door[1]}?porte`;
  return HOME.test(pathname) ? `${origin}${pathname}` : null;
}

const over = (response) => !(Date.parse(response.headers.get(ENDS)) > Date.now());

async function keep(address, response) {
  const key = keyOf(address);
  if (!key || !response.ok || response.redirected) return;
  if (over(response)) {
    await caches.delete(CACHE);
    return;
  }
  const cache = await caches.open(CACHE);
  await cache.put(key, response.clone());
  const page = await response.text();
  const parts = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((found) => found[1].replaceAll("&amp;", "&"));
  await Promise.all(parts.map((part) => keepPart(cache, part)));
}

// A part carries its version in its address: once kept it never changes. Styles name their fonts.
async function keepPart(cache, address) {
  if (await cache.match(address)) return;
  const response = await fetch(address);
  if (!response.ok) return;
  await cache.put(address, response.clone());
  if (!response.headers.get("Content-Type")?.includes("css")) return;
  const fonts = [...(await response.text()).matchAll(/url\("?([^")]+\.woff2)"?\)/g)];
  await Promise.all(fonts.map(([, font]) => keepPart(cache, new URL(font, response.url).href)));
}

async function kept(address) {
  const key = keyOf(address);
  const found = key && (await caches.match(key, { cacheName: CACHE }));
  if (!found) return null;
  if (!over(found)) return found;
  await caches.delete(CACHE);
  return null;
}

async function page(event) {
  const { request } = event;
  const asked = fetch(request).then((response) => {
    event.waitUntil(keep(request.url, response.clone()));
    return response;
  });
  asked.catch(() => {}); // answered from what is kept when it fails after the patience
  const late = new Promise((_, refuse) => setTimeout(refuse, PATIENCE, new Error("slow")));
  try {
    return await Promise.race([asked, late]);
  } catch {
    return (await kept(request.url)) ?? asked;
  }
}

const part = async (request) => (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && keyOf(request.url)) event.respondWith(page(event));
  else if (pathname.startsWith("/static/")) event.respondWith(part(request));
});
self.addEventListener("message", (event) => {
  const work = event.data.pages.map(async (address) => keep(address, await fetch(address, { headers: { Accept: "text/html" } })));
  event.waitUntil(Promise.all(work).then(() => event.source?.postMessage({ kept: true }), () => {}));
});
