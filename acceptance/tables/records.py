"""Where the records of earlier runs lie, when it is not beside the run itself."""

from __future__ import annotations

from acceptance.tables import Table


class Records(Table):
    """`folder` holds a folder for each run; relative to the target's own folder."""

    folder: str
