"""SEC-TLS-04: what the collector makes of an ACME client's files and log, and the edges of the judgement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import hashes, serialization

from acceptance.collector import renewal as collector
from acceptance.collector.base import run
from acceptance.facts import Unseen
from acceptance.probes.renewal import Caller, HostRenewal, Lineage, Renewal
from acceptance.probes.tls import Tls
from acceptance.sandbox.pki import Pki
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.tls_facts import certificate, chain, endpoint, tls

TIMER = Caller("certbot.timer", True, "succeeded")
KEPT = Lineage("app.example.com", "00", ("11",), ("reload-nginx",))
GOOD = HostRenewal((TIMER,), (KEPT,))
UNSEEN = Unseen("the certificates on disk", "find needs root, and there is no sudo")


def seen(host: HostRenewal | Unseen = GOOD, client: str = "certbot", **more: HostRenewal | Unseen) -> Renewal:
    return Renewal(dict.fromkeys(("app", *more), client), {"app": host, **more})


def served(sha256: str = "00", days_left: float = 60.0) -> Tls:
    return tls(chains=(chain(certificate(days_left, sha256=sha256)),))


@pytest.mark.parametrize(
    "host, status",
    [
        (GOOD, PASS),
        (replace(GOOD, schedules=(replace(TIMER, active=False),)), FAIL),
        (replace(GOOD, schedules=()), FAIL),
        (replace(GOOD, schedules=(replace(TIMER, last_run="failed"),)), FAIL),
        (replace(GOOD, schedules=(replace(TIMER, last_run="never"),)), FAIL),
        (replace(GOOD, lineages=(replace(KEPT, reloaded_by=()),)), FAIL),
        (replace(GOOD, lineages=(replace(KEPT, sha256="22", older=("00",)),)), FAIL),
        (replace(GOOD, lineages=(replace(KEPT, sha256="22"),)), FAIL),
        (replace(GOOD, lineages=()), FAIL),
        (replace(GOOD, lineages=UNSEEN), BLOCKED),
        (replace(GOOD, schedules=UNSEEN), BLOCKED),
        (UNSEEN, BLOCKED),
    ],
)
def test_host(host, status):
    assert judge("SEC-TLS-04", tls=served(), renewal=seen(host)) is status


def test_host_without_certificates_is_not_asked_for_a_timer():
    assert judge("SEC-TLS-04", tls=served(), renewal=seen(db=HostRenewal((), ()))) is PASS


def test_dead_host_blocks_and_an_idle_timer_beside_it_fails():
    idle = replace(GOOD, schedules=(replace(TIMER, active=False),))
    assert judge("SEC-TLS-04", tls=served(), renewal=seen(db=UNSEEN)) is BLOCKED
    assert judge("SEC-TLS-04", tls=served(), renewal=seen(idle, db=UNSEEN)) is FAIL
    assert judge("SEC-TLS-04", tls=Tls((endpoint(), UNSEEN)), renewal=seen()) is BLOCKED


@pytest.mark.parametrize("days_left, status", [(10.1, PASS), (10.0, FAIL), (1.0, FAIL)])
def test_server_that_is_its_own_client(days_left, status):
    """Its certificates live for 30 days before now and `days_left` after: three quarters of 40 days are 30."""
    facts = tls(chains=(chain(certificate(days_left)),))
    assert judge("SEC-TLS-04", tls=facts, renewal=seen(HostRenewal((), ()), client="caddy")) is status


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certbot tree with one certificate that was renewed once; read without root."""

    def rootless(*argv: str, **options: Any) -> str:
        return str(run(*argv, **{**options, "root": False}))

    monkeypatch.setattr(collector, "TREE", str(tmp_path))
    monkeypatch.setattr(collector, "LOG", str(tmp_path / "letsencrypt.log"))
    monkeypatch.setattr(collector, "run", rootless)
    pki = Pki(trustme.CA(), tmp_path / "pki")
    archive, live = tmp_path / "archive" / "site", tmp_path / "live" / "site"
    for folder in (archive, live, tmp_path / "renewal", tmp_path / "renewal-hooks" / "deploy"):
        folder.mkdir(parents=True)
    for number in (1, 2):
        leaf = pki.leaf(("app.example.com",), pki.intermediate(), serial=number)
        (archive / f"cert{number}.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        (archive / f"print{number}").write_text(leaf.fingerprint(hashes.SHA256()).hex())
    (live / "cert.pem").symlink_to(archive / "cert2.pem")
    (tmp_path / "renewal" / "site.conf").write_text("[renewalparams]\nauthenticator = webroot\n")
    return tmp_path


def test_newest_and_older_certificates_are_told_apart(tree):
    (found,) = collector.look_at_lineages()
    prints = [(tree / "archive" / "site" / f"print{number}").read_text() for number in (1, 2)]
    assert (found["name"], found["sha256"], found["older"]) == ("site", prints[1], [prints[0]])
    assert found["reloaded_by"] == []


def test_hooks_that_reload(tree):
    hook = tree / "renewal-hooks" / "deploy" / "nginx"
    hook.write_text("#!/bin/sh\nsystemctl reload nginx\n")
    hook.chmod(0o644)
    assert collector.look_at_lineages()[0]["reloaded_by"] == [], "not executable: it is never run"
    hook.chmod(0o755)
    assert collector.look_at_lineages()[0]["reloaded_by"] == [str(hook)[:100]]
    hook.write_text("#!/bin/sh\nlogger renewed\n")
    assert collector.look_at_lineages()[0]["reloaded_by"] == []


@pytest.mark.parametrize(
    "line, reloads",
    [
        ("installer = nginx", True),
        ("renew_hook = docker kill -s HUP edge", True),
        ("installer = None", False),
        ("pre_hook = systemctl stop nginx", False),
    ],
)
def test_own_configuration_that_reloads(tree, line, reloads):
    (tree / "renewal" / "site.conf").write_text(f"[renewalparams]\n{line}\n")
    assert bool(collector.look_at_lineages()[0]["reloaded_by"]) is reloads


@pytest.mark.parametrize(
    "log, outcome",
    [
        ("", "never"),
        ("no renewal failures\n", "succeeded"),
        ("Certificate not yet due for renewal\n", "succeeded"),
        ("no renewal failures\nAll renewals failed. The following certificates could not be renewed:\n", "failed"),
        ("1 renew failure(s), 0 parse failure(s)\nno renewal failures\n", "succeeded"),
    ],
)
def test_last_run(tree, log, outcome):
    (tree / "letsencrypt.log").write_text(log)
    assert collector.last_run_by_log() == outcome


def test_client_that_never_ran_has_no_log(tree):
    assert collector.last_run_by_log() == "never"


def test_no_tree_is_no_certificate(tmp_path, monkeypatch, tree):
    monkeypatch.setattr(collector, "TREE", str(tmp_path / "nowhere"))
    assert collector.look_at_lineages() == []
