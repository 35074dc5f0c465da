// One of a chain of scripts, each short, that holds the load event back for more than two seconds.
{
  const step = Number(new URL(document.currentScript.src).search.slice(1));
  const end = performance.now() + 45;
  while (performance.now() < end);
  if (step < 55) {
    const next = document.createElement("script");
    next.src = `/assets/slow.js?${step + 1}`;
    document.head.append(next);
  }
}
