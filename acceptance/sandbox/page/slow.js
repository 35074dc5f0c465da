// One of a chain of scripts, each short, that holds the load event back for more than two seconds.
{
  const end = performance.now() + 20;
  while (performance.now() < end);
  if (performance.now() < 2300) {
    const next = document.createElement("script");
    next.src = `/assets/slow.js?${Math.round(performance.now())}`;
    document.head.append(next);
  }
}
