"""Metrics and labels that a PromQL query rests on."""

from __future__ import annotations

import pytest

from acceptance.grading import promql


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("up == 0", ["up"]),
        ('sum by (job) (rate(a:b_total{status=~"5..", x!="y", z=~".*", e=""}[5m])) / on(job) group_left(m) c', [
            "a:b_total status", "c",
        ]),
        ("sum(rate(a[5m] offset 1h)) without (instance) > bool 1e-5", ["a"]),
        ("(a or b) unless ignoring (x) c and d @ start()", ["a", "b", "c", "d"]),
        ('{__name__="a", job="x"} # of nothing', ["a job"]),
        ('count_over_time(a{path="}{[\\""}[1h:5m]) > 0', ["a path"]),
        ("histogram_quantile(0.99, sum by (le) (rate(l_bucket[5m]))) > Inf", ["l_bucket"]),
        ("vector(1)", []),
        ("a{", ["a"]),
        ("a[", ["a"]),
    ],
)  # fmt: skip
def test_metrics_and_labels_of_a_query(query: str, found: list[str]) -> None:
    assert [" ".join((each.metric, *each.labels)) for each in promql.selectors(query)] == found
