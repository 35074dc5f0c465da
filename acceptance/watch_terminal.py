"""What `acceptance watch` shows: a line a sample, and at a terminal one at the bottom that counts down to the next."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from shutil import get_terminal_size
from statistics import median

from acceptance.advice import Advice, Said
from acceptance.probes.sample import Sample

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.:-=+*#"  # where the terminal's encoding has no others
SHOWN = 24  # samples in the sparkline
BROAD = 200  # columns where nobody looks: a file, cron's mail, CI's log


class Wall:
    """The real clock; at a terminal its waiting counts down."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ends = time.monotonic() + seconds
        while self.screen.live and (left := ends - time.monotonic()) > 0:
            self.screen.bottom(countdown(left), self.screen.state)
            time.sleep(min(1.0, left))
        time.sleep(max(0.0, ends - time.monotonic()))


class Screen:
    """Lines that stay, and the one at the bottom, which is there only while somebody may look at it."""

    def __init__(self, about: str) -> None:
        self.about, self.live = about, sys.stdout.isatty()
        self.state = about
        self.bars = BARS if _can_show(BARS) else PLAIN_BARS

    @property
    def columns(self) -> int:
        """How broad a line may be; the last column stays free, or the terminal wraps."""
        return max(20, get_terminal_size().columns - 1) if self.live else BROAD

    def bottom(self, *words: str) -> None:
        """Overwrite the line at the bottom; what does not fit is cut off at its end."""
        if self.live:
            print(f"\r\x1b[K{'  '.join(words)[: self.columns]}", end="", flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        print(f"\r\x1b[K{text}" if self.live else text, flush=True)

    def looking(self, now: datetime) -> None:
        """A look has begun; it takes a minute or so."""
        self.bottom(f"looking since {now:%H:%M:%S}", self.state)

    def shown(self, samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
        """The sample's line, what its advice rests on, and where its record lies."""
        latency = [median(sample.p95_ms) for sample in samples if sample.p95_ms]
        bars = sparkline(latency, SHOWN, self.bars)
        self.state = "  ".join(part for part in (f"{said.advice}", counted(len(samples)), bars, self.about) if part)
        self.say(line(samples, said, due, self.columns, self.bars))
        if said.advice not in (Advice.CONTINUE, Advice.FIX_FORWARD):
            self.say(f"      because of {_few(said.because, 4)}")
            self.say(f"      see reports/*/{samples[-1].run}/record.html")


def line(samples: Sequence[Sample], said: Said, due: datetime | None, columns: int, bars: str = BARS) -> str:
    """One line for the last sample: the advice, the latency so far, what failed, when the next look is due (UTC).

    In a narrow terminal first the bars get fewer, then what is red is counted instead of named.
    """
    last = samples[-1]
    latency = [median(sample.p95_ms) for sample in samples if sample.p95_ms]
    p95 = f"p95 {latency[-1]:.0f} ms" if latency else "no traffic of its own"
    red = [id for id, status in last.items.items() if status == "FAIL"]
    then = f"next {due:%H:%M}" if due else "no more in this plan"
    for named in (4, 1, 0):
        head = f"{last.at:%H:%M} {said.advice}  {p95}"
        tail = f"{last.failed} of {last.sent} failed  red: {_few(red, named)}  {then}"
        if (room := columns - len(head) - len(tail) - 2) >= 0:
            break
    drawn = sparkline(latency, min(SHOWN, room - 1), bars) if room > 1 else ""
    return f"{head} {drawn}".rstrip() + f"  {tail}"


def sparkline(values: Sequence[float], most: int = SHOWN, bars: str = BARS) -> str:
    """The last values as little bars from zero to the highest."""
    shown = list(values)[-most:]
    top = max(shown, default=0.0) or 1.0
    return "".join(bars[min(7, int(8 * max(0.0, value) / top))] for value in shown)


def countdown(left_s: float) -> str:
    """How long it is until the next look."""
    minutes, seconds = divmod(int(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"next look in {hours}:{minutes:02}:{seconds:02}" if hours else f"next look in {minutes}:{seconds:02}"


def counted(samples: int) -> str:
    """So many samples."""
    return f"{samples} sample{'' if samples == 1 else 's'}"


def _few(ids: Sequence[str], named: int) -> str:
    """The first of them, and how many there are beside them."""
    if len(ids) <= named or not ids:
        return ", ".join(ids) or "nothing"
    return f"{', '.join(ids[:named])} and {len(ids) - named} more" if named else f"{len(ids)} items"


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
