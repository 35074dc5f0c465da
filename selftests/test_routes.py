"""Where Alertmanager's routes lead an alert, and what a line of matchers says."""

from __future__ import annotations

import pytest

from acceptance.grading.routes import holds, matchers, receivers

TREE = {
    "receiver": "team",
    "routes": [
        {"match": {"severity": "info"}, "receiver": "nobody"},
        {"matchers": ['team=~"a|b"'], "receiver": "ab", "continue": True},
        {
            "matchers": ["team!=c", 'severity="critical"'],
            "receiver": "pager",
            "routes": [{"match_re": {"team": "b.*"}}],
        },
    ],
}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ("team",)),
        ({"severity": "info"}, ("nobody",)),
        ({"team": "a"}, ("ab",)),
        ({"team": "ab"}, ("team",)),
        ({"team": "b", "severity": "critical"}, ("ab", "pager")),
        ({"severity": "critical"}, ("pager",)),
        ({"team": "c", "severity": "critical"}, ("team",)),
    ],
)
def test_routes(labels: dict[str, str], expected: tuple[str, ...]) -> None:
    assert receivers(TREE, labels) == expected


def test_matchers_with_quotes_commas_and_escapes() -> None:
    assert matchers(r'{a="x,\"y\"", b=~"1\\.2", c!=d}') == [("a", "=", 'x,"y"'), ("b", "=~", r"1\.2"), ("c", "!=", "d")]
    assert matchers(' a = b c , "d"!~e,') == [("a", "=", "b c"), ("d", "!~", "e")]
    assert matchers("{}") == []
    with pytest.raises(ValueError, match="no matcher"):
        matchers("nonsense")
    with pytest.raises(ValueError, match="no matcher"):
        matchers("a=b, nonsense")


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holding"),
    [
        ("=", "a", "a", True), ("=", "a", "b", False), ("!=", "a", "a", False), ("!=", "a", "", True),
        ("=~", "a|b", "b", True), ("=~", "a", "ab", False), ("!~", "a|b", "b", False), ("!~", "a", "ab", True),
    ],
)  # fmt: skip
def test_a_matcher_takes_whole_values(operator: str, wanted: str, value: str, holding: bool) -> None:
    assert holds(operator, wanted, value) is holding


def test_a_receiver_is_inherited_and_told_once() -> None:
    both = [{"match": {"a": "1"}, "receiver": "x", "continue": True}, {"match_re": {"a": "."}, "receiver": "x"}]
    assert receivers({"receiver": "root", "routes": both}, {"a": "1"}) == ("x",)
    assert receivers({"receiver": "root", "routes": [{"routes": both}]}, {}) == ("root",)
    assert receivers(
        {"receiver": "root", "routes": [{"match": {"a": "1", "b": "2"}, "receiver": "x"}]}, {"a": "1"}
    ) == ("root",)
    assert receivers({"routes": [{"match_re": {"a": "1|2"}, "receiver": "x"}]}, {"a": "2"}) == ("x",)
    assert receivers({}, {}) == ("",)
