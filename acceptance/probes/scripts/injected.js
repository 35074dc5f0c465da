(marker) => ({
  ran: Boolean(window[marker]),
  element: Boolean(document.querySelector(`[data-mark="${marker}"]`)),
  shown: (document.body?.innerText || "").includes(marker) || [...document.querySelectorAll("input")].some((e) => e.value.includes(marker)),
})
