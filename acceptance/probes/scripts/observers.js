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
      e.getClientRects().length && e.innerText.trim().length >= 4 && !/^loading\W*$/i.test(e.innerText.trim()));
    if (shown) seen.content = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
