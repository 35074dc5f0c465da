"""[rollback]: the suite's own light traffic, what tells its network from an outage, and how to go back."""

from __future__ import annotations

from pydantic import Field

from acceptance.tables import Table


class Rollback(Table):
    """`operations` are local ones that read; each look sends 720 of them, or what 36 s hold."""

    operations: tuple[str, ...]
    rate_per_s: float = Field(default=20.0, ge=10, le=50)
    role: str = "user"
    control: str = ""  # host:port that answers whenever the suite's own network works
    webhook: str = ""  # name of the credential whose secret is the URL that changes of the advice are posted to
    steps: tuple[str, ...] = ()  # commands that go back; {version} and {previous} are filled in
