() => [...new Map([...document.querySelectorAll("nav a[href], [role=navigation] a[href], aside a[href]")]
  .filter((a) => a.getClientRects().length && a.origin === location.origin && !a.hasAttribute("download"))
  .map((a) => [a.pathname + a.search, [a.pathname + a.search, a.innerText.trim().slice(0, 60)]])).values()].slice(0, 30)
