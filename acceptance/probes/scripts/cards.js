// Per symbol: the texts of all places that name it and hold a number beside it; a page may name it outside its card too.
(symbols) => symbols.map((symbol) => {
  const names = [symbol, symbol.replace(/(USDT|USDC|USD|EUR)$/, "/$1"), symbol.replace(/(USDT|USDC|USD|EUR)$/, "-$1")];
  const named = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length
    && [...e.childNodes].some((n) => n.nodeType === 3 && names.some((name) => n.data.includes(name))));
  const cards = named.slice(0, 20).map((start) => {
    for (let e = start, up = 0; e && e !== document.body && up < 5; e = e.parentElement, up++) {
      const text = names.reduce((t, name) => t.replaceAll(name, " "), e.innerText || "");
      if (/\d[\d.,]*\d/.test(text)) return text.slice(0, 600);
    }
    return null;
  });
  return cards.filter(Boolean);
})
