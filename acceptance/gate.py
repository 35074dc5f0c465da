"""What settles an item before its test runs: an absent feature, an impact that isn't allowed, no access. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from acceptance.checklist import Item
from acceptance.judge import Settled
from acceptance.probes import PROBES
from acceptance.signoff import Release, feature_of
from acceptance.target import RELEASE_FEATURES, Target
from acceptance.verdict import Status


def gate(
    item: Item, probes: Iterable[str], target: Target, allow: frozenset[str], release: Release | None
) -> Settled | None:
    """The status that holds without a look, or None when the item is to be judged.

    `allow` are the impacts of the command line.
    """
    if item.feature in RELEASE_FEATURES:
        present, why = feature_of(release, item.feature)
        if not present:
            return Settled(Status.NA, why)
    elif item.feature and not (feature := target.feature(item.feature)).present:
        return Settled(Status.NA, f"{item.feature}: {feature.reason}")
    if item.impact:
        if not getattr(target.allow, item.impact):
            return Settled(Status.PENDING, f"the target does not allow {item.impact}; a person may attest to it")
        if item.impact not in allow:
            return Settled(Status.NOT_RUN, f"needs --allow {item.impact}")
    missing = sorted({PROBES[p].access for p in probes if not target.grants(PROBES[p].access)})
    if missing:
        return Settled(
            Status.PENDING, f"the target grants no {', '.join(f'[{m}]' for m in missing)}; a person may attest to it"
        )
    return None
