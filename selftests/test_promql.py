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
        ("a a", ["a"]),
        ("", []),
        ("A_1:b", ["A_1:b"]),
        ('a{x="1",y!~".+",z!="",w=~"1|2",v=~"",u=~"("}', ["a x w"]),
        ("a{x='1'} + b{y=`2`}", ["a x", "b y"]),
        ('{__name__=~"a.*", job="x"}', []),  # which metrics, only the server knows
        ('b{__name__="a"}', ["b"]),
        ('a{x="1"} b', ["a x", "b"]),
        ("a and OR unless b", ["a", "b"]),
        ("sum by(job)(a)", ["a"]),
        ("sum BY (job) (a)", ["a"]),
        ("sum without (x) (a)", ["a"]),
        ("sum(a) by (job) / sum(b) without (c)", ["a", "b"]),
        ("a / ON (x) GROUP_RIGHT (y) b", ["a", "b"]),
        ("a * group_left b", ["a", "b"]),
        ("rate(a[5m:1m])", ["a"]),
        ("a > 1.5 atan2 nan offset -5m", ["a"]),
        ('label_replace(a, "dst", "$1", "src", "b")', ["a"]),
        ("a # b\n+ c", ["a", "c"]),
    ],
)  # fmt: skip
def test_metrics_and_labels_of_a_query(query: str, found: list[str]) -> None:
    assert [" ".join((each.metric, *each.labels)) for each in promql.selectors(query)] == found
