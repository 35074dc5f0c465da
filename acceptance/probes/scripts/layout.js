() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  const name = (e) => `${e.tagName.toLowerCase()} "${(e.innerText || e.getAttribute("aria-label") || e.name || e.id || "").trim().slice(0, 40)}"`;
  const scrolls = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
    if (/auto|scroll/.test(getComputedStyle(p).overflowX) && p !== document.body && p !== document.documentElement) return true; return false; };
  const away = (r) => (r.width <= 1 && r.height <= 1) || r.right <= 0 || r.bottom + scrollY <= 0; // hidden on purpose
  const tall = document.scrollingElement.scrollHeight > innerHeight; // then what floats is above each part for a while only
  const floats = (e) => { for (let p = e; tall && p; p = p.parentElement)
    if (/fixed|sticky/.test(getComputedStyle(p).position)) return true; return false; };
  if (document.scrollingElement.scrollWidth > width + 1)
    found.push(`scrolls sideways: ${document.scrollingElement.scrollWidth} px wide`);
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [role=button], [role=link]")]
    .filter((e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden").slice(0, 150);
  const boxes = controls.map((e) => [e, e.getBoundingClientRect(), floats(e)]).filter(([, r]) => !away(r));
  for (const [e, r] of boxes) {
    if ((r.left < -1 || r.right > width + 1) && !scrolls(e)) found.push(`${name(e)} is outside the viewport`);
    const inline = e.tagName === "A" && getComputedStyle(e).display === "inline" && e.parentElement.innerText.trim() !== e.innerText.trim();
    const box = e.labels?.[0] && /checkbox|radio/.test(e.type) ? e.labels[0].getBoundingClientRect() : r;
    if (!inline && (box.width < 24 || box.height < 24))
      found.push(`${name(e)} is a target of ${Math.round(box.width)} x ${Math.round(box.height)} px, less than 24`);
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [[a, p, above], [b, q, beside]] = [boxes[i], boxes[j]];
    if (above !== beside) continue;
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
}
