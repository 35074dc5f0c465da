"""Which of the browser's pictures stands under which item, and the trace of its steps where a page fails."""

from __future__ import annotations

from pathlib import Path

from acceptance.record.model import Shot

PICTURES = {
    "FUNC-UI-01": (("The first page, 1440 px", "login-1440"),),
    "FUNC-UI-04": (("The dashboard, 1440 px", "dashboard-1440"),),
    "FUNC-UI-05": (("The dashboard, 1440 px", "dashboard-1440"),),
    "FUNC-UI-08": (("The dashboard on a phone, 390 px", "dashboard-390"),),
}
TRACE = ("Each step of the browser, for `playwright show-trace`", "shots/session-trace.zip")
TRACED = ("FUNC-UI-", "SEC-WEB-09", "SEC-WEB-16")


def shots(item: str, run: Path, *, passed: bool = True) -> tuple[Shot, ...]:
    """The pictures of an item that lie in the run's folder; its trace where it has not passed."""
    wanted = [(title, f"shots/{name}.jpg") for title, name in PICTURES.get(item, ())]
    wanted += [TRACE] if item.startswith(TRACED) and not passed else []
    return tuple(Shot(title, file) for title, file in wanted if (run / file).is_file())
