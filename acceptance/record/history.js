"use strict";
// Filter of the items. Without this script all of them are there.
(function () {
  const form = document.getElementById("filter");
  if (!form) return;
  const text = document.getElementById("text");
  const turned = document.getElementById("turned");
  const rows = Array.from(document.querySelectorAll(".over-time"));

  function filter() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const said = row.firstElementChild.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => said.includes(word)) || (turned.checked && row.dataset.turned === "0");
      if (!row.hidden) shown += 1;
    }
    document.getElementById("shown").textContent = shown + " of " + rows.length + " items";
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
