"""JavaScript that the browser probes run in the page: observers set before it loads, and questions asked after."""

from __future__ import annotations

OBSERVERS = r"""
(() => {
  const seen = (window.__seen = { content: null, violations: [], tasks: [], lcp: 0, cls: 0, inp: 0 });
  document.addEventListener("securitypolicyviolation", (e) => {
    if (seen.violations.length < 50) seen.violations.push(`${e.effectiveDirective} blocked ${e.blockedURI || "inline"}`);
  });
  const watch = (type, take, more = {}) => {
    try { new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more }); }
    catch { /* this browser does not measure it */ }
  };
  watch("longtask", (e) => seen.tasks.push([e.startTime, e.duration]));
  watch("largest-contentful-paint", (e) => { seen.lcp = Math.max(seen.lcp, e.startTime); });
  let windowed = 0, first = 0, last = 0;
  watch("layout-shift", (e) => {
    if (e.hadRecentInput) return;
    if (e.startTime - last > 1000 || e.startTime - first > 5000) { windowed = 0; first = e.startTime; }
    last = e.startTime;
    windowed += e.value;
    seen.cls = Math.max(seen.cls, windowed);
  });
  watch("event", (e) => { if (e.interactionId) seen.inp = Math.max(seen.inp, e.duration); }, { durationThreshold: 16 });
  const look = () => {
    const shown = [...document.querySelectorAll("h1, h2, form, main, [role=main], table")].some((e) =>
      e.getClientRects().length && e.innerText.trim().length >= 8 && !/^loading\W*$/i.test(e.innerText.trim()));
    if (shown) seen.content = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""

SUMMARY = r"""() => ({
  title: document.title.trim(),
  heading: (document.querySelector("h1, h2, [role=heading]")?.innerText || "").trim(),
  text: (document.body?.innerText || "").slice(0, 4000),
  content: window.__seen?.content ?? null,
  path: location.pathname,
})"""

FIELDS = r"""() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((e) => e.getClientRects().length).slice(0, 50).map((e) => ({
    kind: e.type || e.tagName.toLowerCase(),
    label: ([...(e.labels || [])].map((l) => l.innerText).join(" ") || e.getAttribute("aria-label")
      || (e.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id)?.innerText || "").join(" ")
      || e.title || "").trim(),
  }))"""

CARDS = r"""(symbols) => symbols.map((symbol) => {
  const names = [symbol, symbol.replace(/(USDT|USDC|USD|EUR)$/, "/$1"), symbol.replace(/(USDT|USDC|USD|EUR)$/, "-$1")];
  const named = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length
    && [...e.childNodes].some((n) => n.nodeType === 3 && names.some((name) => n.data.includes(name))));
  for (const start of named) {
    for (let e = start, up = 0; e && e !== document.body && up < 5; e = e.parentElement, up++) {
      const text = names.reduce((t, name) => t.replaceAll(name, " "), e.innerText || "");
      if (/\d[\d.,]*\d/.test(text)) return text.slice(0, 600);
    }
  }
  return null;
})"""

CHARTS = r"""(selectors) => {
  const all = [...document.querySelectorAll(["canvas", "svg", ...selectors].join(", "))];
  const big = all.filter((e) => { const r = e.getBoundingClientRect(); return r.width >= 120 && r.height >= 60; });
  return big.slice(0, 12).map((e, i) => {
    e.setAttribute("data-acceptance-chart", i);
    const counts = [...e.querySelectorAll("polyline, polygon")].map((p) => p.points.numberOfItems)
      .concat([...e.querySelectorAll("path")].map((p) => (p.getAttribute("d") || "").match(/[MLCQTSHV]/gi)?.length || 0));
    const marks = e.querySelectorAll("circle, rect").length;
    return {
      name: e.getAttribute("aria-label") || e.closest("[aria-label]")?.getAttribute("aria-label") || `${e.tagName.toLowerCase()} ${i + 1}`,
      points: e.tagName.toLowerCase() === "svg" ? Math.max(0, marks, ...counts) : null,
      around: (e.closest("section, article, figure, div")?.innerText || "").slice(0, 400),
    };
  });
}"""

DRAWN_SHARE = r"""async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const [left, top] = [Math.ceil(image.width * 0.04), Math.ceil(image.height * 0.04)];
  const [width, height] = [image.width - 2 * left, image.height - 2 * top];
  const data = new Uint32Array(pen.getImageData(left, top, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of data) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const ground = [...counts.entries()].sort((a, b) => b[1] - a[1])[0][0];
  const rows = new Array(height).fill(0), columns = new Array(width).fill(0);
  for (let i = 0; i < data.length; i++) if (data[i] !== ground) { rows[Math.floor(i / width)]++; columns[i % width]++; }
  const line = rows.map((n) => n > width * 0.9), axis = columns.map((n) => n > height * 0.9);
  const drawn = new Array(width).fill(false);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (data[i] !== ground && !line[y] && !axis[x]) drawn[x] = true;
  }
  return drawn.filter(Boolean).length / width;
}"""

LAYOUT = r"""() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  const name = (e) => `${e.tagName.toLowerCase()} "${(e.innerText || e.getAttribute("aria-label") || e.name || e.id || "").trim().slice(0, 40)}"`;
  const scrolls = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
    if (/auto|scroll/.test(getComputedStyle(p).overflowX) && p !== document.body && p !== document.documentElement) return true; return false; };
  if (document.scrollingElement.scrollWidth > width + 1)
    found.push(`scrolls sideways: ${document.scrollingElement.scrollWidth} px wide`);
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [role=button], [role=link]")]
    .filter((e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden").slice(0, 150);
  const boxes = controls.map((e) => [e, e.getBoundingClientRect()]);
  for (const [e, r] of boxes) {
    if ((r.left < -1 || r.right > width + 1) && !scrolls(e)) found.push(`${name(e)} is outside the viewport`);
    const inline = e.tagName === "A" && getComputedStyle(e).display === "inline" && e.parentElement.innerText.trim() !== e.innerText.trim();
    const box = e.labels?.[0] && /checkbox|radio/.test(e.type) ? e.labels[0].getBoundingClientRect() : r;
    if (!inline && (box.width < 24 || box.height < 24))
      found.push(`${name(e)} is a target of ${Math.round(box.width)} x ${Math.round(box.height)} px, less than 24`);
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [[a, p], [b, q]] = [boxes[i], boxes[j]];
    const across = Math.min(p.right, q.right) - Math.max(p.left, q.left), down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (across > 2 && down > 2 && !a.contains(b) && !b.contains(a)) found.push(`${name(a)} and ${name(b)} overlap`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(), small = 0; n && small < 20; n = walker.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !e || /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(e.tagName) || !e.getClientRects().length) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < 12) { found.push(`text "${n.data.trim().slice(0, 30)}" is ${size} px high, less than 12`); small++; }
  }
  return found.slice(0, 40).map((each) => each.slice(0, 160));
}"""

STORAGE = r"""async () => {
  const found = [];
  for (const [area, store] of [["localStorage", localStorage], ["sessionStorage", sessionStorage]])
    for (let i = 0; i < Math.min(store.length, 100); i++) found.push([area, store.key(i), String(store.getItem(store.key(i))).slice(0, 5000)]);
  const databases = indexedDB.databases ? await indexedDB.databases() : [];
  for (const { name } of databases.slice(0, 10)) {
    const base = await new Promise((done) => { const o = indexedDB.open(name); o.onsuccess = () => done(o.result); o.onerror = () => done(null); });
    if (!base) continue;
    for (const table of [...base.objectStoreNames].slice(0, 20)) {
      const rows = await new Promise((done) => { const r = base.transaction(table).objectStore(table).getAll(null, 50); r.onsuccess = () => done(r.result); r.onerror = () => done([]); });
      rows.forEach((row) => found.push(["IndexedDB", `${name}/${table}`, (JSON.stringify(row) || "").slice(0, 5000)]));
    }
    base.close();
  }
  return found;
}"""

LINKS = r"""() => [...new Map([...document.querySelectorAll("nav a[href], [role=navigation] a[href], aside a[href]")]
  .filter((a) => a.getClientRects().length && a.origin === location.origin && !a.hasAttribute("download"))
  .map((a) => [a.pathname + a.search, [a.pathname + a.search, a.innerText.trim().slice(0, 60)]])).values()].slice(0, 30)"""

INJECTED = r"""(marker) => ({
  ran: Boolean(window[marker]),
  element: Boolean(document.querySelector(`[data-mark="${marker}"]`)),
  shown: (document.body?.innerText || "").includes(marker) || [...document.querySelectorAll("input")].some((e) => e.value.includes(marker)),
})"""
