"""Whether what the release is for still works, and how much of it is lost."""

from acceptance import item


@item("FUNC-ROLL-01")
def test_service_is_not_lost_completely(alive):
    """Roll back at once: neither page nor health nor log-in answers, and the suite's own network works."""
    assert not alive.lost_completely()


@item("FUNC-ROLL-02")
def test_no_external_api_is_completely_unavailable(upstreams):
    """Roll back at once, unless the provider itself is down."""
    assert not upstreams.unavailable()


@item(
    "FUNC-ROLL-03", of="FUNC-API-0[1-5] FUNC-API-0[7-9] FUNC-API-10 FUNC-EXT-0[1-4] FUNC-EXT-0[78] FUNC-UI-* FUNC-WS-*"
)
def test_no_part_of_the_service_is_lost(judged):
    """Roll back: a critical function is red, or nothing of the API, the dashboard or the WebSocket works."""
    assert not judged.red(severity="critical")
    assert not judged.groups_lost()


@item(
    "FUNC-ROLL-04",
    of="FUNC-API-02 FUNC-API-04 FUNC-API-07 FUNC-API-08 FUNC-API-09 FUNC-API-10 FUNC-EXT-04 FUNC-EXT-07 "
    "FUNC-UI-01 FUNC-UI-02 FUNC-UI-03 FUNC-UI-04 FUNC-UI-05 FUNC-UI-06 FUNC-UI-10 FUNC-WS-0[1-5]",
)
def test_no_failure_touches_core_functionality(judged):
    """Hold: mend the function that is red before more users meet it."""
    assert not judged.red()


@item("FUNC-ROLL-05", of="FUNC-EXT-08 FUNC-UI-07 FUNC-UI-08 FUNC-UI-09 FUNC-WS-06")
def test_no_cosmetic_issue_is_known(judged, release):
    """Mend it in the next release."""
    assert not release.issues_labelled("cosmetic")
    assert not judged.red()
