(selectors) => {
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
}
