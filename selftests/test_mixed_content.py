"""Which elements of a page load or send in clear, and that a link to follow is none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import Unseen
from acceptance.probes.mixed_content import COUNT_LIMIT, in_clear
from acceptance.probes.plain import Clear, Plain
from selftests.judging import BLOCKED, FAIL, PASS, judge

GOOD = Plain(
    "http://bot.example.com",
    "https://bot.example.com",
    (Clear("GET", "/", 308, "https://bot.example.com/", (), 0),),
    0,
    (),
)
UNSEEN = Unseen("GET bot.example.com/", "time-out")


@pytest.mark.parametrize(
    "page, found",
    [
        ("<script src='http://a.test/x.js'></script>", ("script http://a.test/x.js",)),
        ("<IMG SRC=HTTP://a.test/x.png>", ("img HTTP://a.test/x.png",)),
        ("<img srcset='/s.png 1x, http://a.test/l.png 2x'>", ("img http://a.test/l.png",)),
        ("<link rel='preload stylesheet' href='http://a.test/x.css'>", ("link http://a.test/x.css",)),
        ("<form action='http://a.test/login'>", ("form http://a.test/login",)),
        ("<video poster=http://a.test/p.png />", ("video http://a.test/p.png",)),
        ("<object data='http://a.test/o'>", ("object http://a.test/o",)),
        ("<base href='http://a.test/'>", ("base http://a.test/",)),
        ("<a href='http://a.test/'>follow</a>", ()),
        ("<link rel=canonical href='http://a.test/'>", ()),
        ("<!-- <script src='http://a.test/x.js'></script> -->", ()),
        ("<script>'<img src=\"http://a.test/\">'</script>", ()),
        ("<img src='https://a.test/?back=http://b.test/'>", ()),
        ("<img src='/x.png'><svg xmlns='http://www.w3.org/2000/svg'>", ()),
    ],
)
def test_elements(page, found):
    assert in_clear(page) == found


def test_what_is_kept_is_bounded():
    page = "".join(f"<img src='http://a.test/{n}'>" for n in range(200))
    assert len(in_clear(page)) == COUNT_LIMIT


@pytest.mark.parametrize("id", ["SEC-TLS-07", "INFRA-NET-05"])
@pytest.mark.parametrize("field", ["secure_cookies", "mixed_content"])
def test_pages_over_tls_count_too(id, field):
    assert judge(id, plain=GOOD) is PASS
    assert judge(id, plain=replace(GOOD, **{field: ("seen=…; Path=/",)})) is FAIL
    assert judge(id, plain=replace(GOOD, **{field: (UNSEEN,)})) is BLOCKED
    assert judge(id, plain=replace(GOOD, **{field: (UNSEEN, "seen=…; Path=/")})) is FAIL
