() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const seen = window.__seen;
  return {
    now: performance.now(),
    ttfb: page ? page.responseStart : 0,
    loaded: page && page.domContentLoadedEventEnd ? page.domContentLoadedEventEnd : null,
    load: page && page.loadEventEnd ? page.loadEventEnd : null,
    bytes: performance.getEntriesByType("resource").reduce((sum, each) => sum + each.transferSize, page ? page.transferSize : 0),
    paint: paint ? paint.startTime : null,
    lcp: seen.lcp || null,
    cls: seen.cls,
    inp: seen.inp || null,
    tasks: seen.tasks.slice(0, 500).map(([start, lasted]) => [start, start + lasted]),
    requests: performance.getEntriesByType("resource")
      .filter((each) => each.responseEnd > 0 && !(each.responseStatus >= 400))
      .slice(0, 1000).map((each) => [each.startTime, each.responseEnd]),
  };
}
