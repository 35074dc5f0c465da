"""Memory over the time watched: whose grows for good, what was restarted, and what the samples could have shown. Pure."""

from __future__ import annotations

from itertools import pairwise

from acceptance.facts import ProbeError
from acceptance.grading.leak import VISIBLE_PERCENT, Growth, Leak, judge
from acceptance.probes.watch import Watch


class Memory:
    """Each container by its longest stretch without a restart; page cache grows harmlessly and does not count."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __repr__(self) -> str:
        return f"memory in a {self._watch!r}"

    def looked(self) -> str:
        """What size of leak would have shown, never "no leak"; what was restarted, and what may fill up."""
        lines = [visible_leak()]
        cuts = [f"{name} {most} times" for name in self._series() if (most := len(self._stretches(name)) - 1)]
        if cuts:
            lines.append(f"restarted while it was watched: {', '.join(cuts)}")
        if self._watch.cache_bounds:
            lines.append(f"may fill up to their bound: {', '.join(sorted(self._watch.cache_bounds))}")
        return "; ".join(lines)

    def growing(self) -> tuple[str, ...]:
        """Containers whose memory grows for good; a store does when it is beyond what its cache may fill."""
        verdicts = {name: self._verdict(name) for name in self._series()}
        if not verdicts or all(each.growth is Growth.TOO_SHORT for each in verdicts.values()):
            hours_seen = max((each.hours for each in verdicts.values()), default=0.0)
            self._watch.pending(24, f"{hours_seen:.1f} h of samples without a restart, 24 are needed")
        verdicts = {name: each for name, each in verdicts.items() if not self._within_its_bound(name)}
        found = [
            f"{name}: {each.growth}, {each.percent_a_day:+.0f} % a day over {each.hours:.0f} h"
            for name, each in verdicts.items()
            if each.growth is Growth.SUSTAINED
        ]
        unsure = [name for name, each in verdicts.items() if each.growth not in (Growth.SUSTAINED, Growth.NONE)]
        if not found and unsure:
            name = unsure[0]
            raise ProbeError(f"memory of {name}", f"{verdicts[name].growth}: watch for 48 to 72 h, or inspect it")
        return tuple(found)

    def _series(self) -> dict[str, tuple[list[float], list[float]]]:
        return self._watch.series(lambda sample: sample.anon_bytes, 24 * 365)

    def _stretches(self, name: str) -> list[tuple[int, int]]:
        restarts = [s.restarts.get(name, 0) for s in self._watch.samples if name in s.anon_bytes]
        # a container that was made anew counts from 0 again
        cuts = [0, *(i for i in range(1, len(restarts)) if restarts[i] != restarts[i - 1]), len(restarts)]
        return list(pairwise(cuts))

    def _verdict(self, name: str) -> Leak:
        hours, values = self._series()[name]
        start, end = max(self._stretches(name), key=lambda stretch: stretch[1] - stretch[0])
        return judge(hours[start:end], values[start:end])

    def _within_its_bound(self, name: str) -> bool:
        return max(self._series()[name][1]) <= self._watch.cache_bounds.get(name, -1.0)


def visible_leak() -> str:
    """What size of leak a day of samples could have shown; it is never "no leak"."""
    return (
        f"a leak of {VISIBLE_PERCENT:.0f} % a day would have shown; a smaller one, or one under a day's cycle, may not"
    )
