() => ({
  title: document.title.trim(),
  heading: (document.querySelector("h1, h2, [role=heading]")?.innerText || "").trim(),
  text: (document.body?.innerText || "").slice(0, 4000),
  content: window.__seen?.content ?? null,
  path: location.pathname,
})
