() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((e) => e.getClientRects().length).slice(0, 50).map((e) => ({
    kind: e.type || e.tagName.toLowerCase(),
    label: ([...(e.labels || [])].map((l) => l.innerText).join(" ") || e.getAttribute("aria-label")
      || (e.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => document.getElementById(id)?.innerText || "").join(" ")
      || e.title || "").trim(),
  }))
