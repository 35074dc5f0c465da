"""[maintenance]: where the maintenance page answers, as users will see it while the deployment runs."""

from __future__ import annotations

from acceptance.tables import Table


class Maintenance(Table):
    """`url` is asked once."""

    url: str
