"""Strikes items that have a test off the list of items to come: `python -m selftests.strike`."""

from __future__ import annotations

from acceptance.judge import catalogue
from selftests.test_suite import TO_COME


def main() -> None:
    """Keep the ids that still lack a test."""
    left = [id for id in TO_COME.read_text(encoding="utf-8").split() if id not in catalogue()]
    TO_COME.write_text("".join(f"{id}\n" for id in left), encoding="utf-8")
    print(len(left), "items to come")


if __name__ == "__main__":
    main()
