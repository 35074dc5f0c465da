"use strict";
// Filter, unfold and lapses. Without this script the whole record is there, unfiltered.
(function () {
  const one = (id) => document.getElementById(id);
  const items = Array.from(document.querySelectorAll(".item"));
  const parts = Array.from(document.querySelectorAll(".part, .phase"));
  const words = new Map();
  const form = one("filter");
  const boxes = Array.from(form.querySelectorAll("input[type=checkbox]"));
  const said = (item) => {
    if (!words.has(item)) words.set(item, item.textContent.toLowerCase());
    return words.get(item);
  };

  function filter() {
    const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const severity = one("severity").value;
    const wanted = one("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const fits = statuses.has(item.dataset.status) && (!severity || item.dataset.severity === severity) &&
        wanted.every((word) => said(item).includes(word));
      item.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const part of parts) part.hidden = !part.querySelector(".item:not([hidden])");
    const all = shown === items.length;
    one("shown").textContent = all ? items.length + " items" : shown + " of " + items.length + " items";
    one("filtered").hidden = all;
    one("filtered").textContent = all ? "" : "Filtered: " + shown + " of " + items.length + " items are shown here.";
  }

  function showAll() {
    for (const box of boxes) box.checked = true;
    one("severity").value = "";
    one("text").value = "";
    filter();
  }

  function unfold() {
    const open = one("unfold").getAttribute("aria-pressed") !== "true";
    one("unfold").setAttribute("aria-pressed", String(open));
    one("unfold").textContent = open ? "Fold evidence" : "Unfold evidence";
    for (const fold of document.querySelectorAll(".item details")) fold.open = open;
  }

  const folded = []; // what paper unfolds, the screen folds again

  function unfoldForPaper() {
    for (const fold of document.querySelectorAll(".item details:not([open]), .more:not([open])")) {
      folded.push(fold);
      fold.open = true;
    }
  }

  function foldAgain() {
    for (const fold of folded.splice(0)) fold.open = false;
  }

  function jump() {
    const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!item || !item.classList.contains("item")) return;
    if (item.hidden) showAll();
    const fold = item.querySelector("details");
    if (fold) fold.open = true;
    item.scrollIntoView();
  }

  function lapse() {
    const gone = new Map();
    for (const word of document.querySelectorAll("[data-until]")) {
      if (Date.parse(word.dataset.until) > Date.now()) continue;
      const flag = document.createElement("strong");
      flag.className = "flag";
      flag.textContent = " Lapsed since this run.";
      word.classList.add("lapsed");
      word.append(flag);
      const item = word.closest(".item");
      item.classList.add("has-lapsed");
      gone.set(item.id, item);
    }
    if (!gone.size) return;
    const notice = one("lapses");
    const lead = document.createElement("strong");
    lead.textContent = gone.size === 1 ? "One item rests on a word that has lapsed since this run: "
      : gone.size + " items rest on words that have lapsed since this run: ";
    notice.append(lead);
    for (const id of Array.from(gone.keys()).slice(0, 8)) {
      const link = document.createElement("a");
      link.href = "#" + id;
      link.textContent = id;
      notice.append(link, " ");
    }
    if (gone.size > 8) notice.append("and " + (gone.size - 8) + " more. ");
    document.querySelector(".verdict").classList.add("stale");
    document.querySelector(".verdict .scope").append("; what people said has lapsed since");
    notice.append("The verdict below is that of the run; run again for one that holds today.");
    notice.hidden = false;
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  one("reset").addEventListener("click", showAll);
  one("unfold").addEventListener("click", unfold);
  window.addEventListener("hashchange", jump);
  window.addEventListener("beforeprint", unfoldForPaper);
  window.addEventListener("afterprint", foldAgain);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
    event.preventDefault();
    one("text").focus();
  });
  lapse();
  filter();
  jump();
})();
