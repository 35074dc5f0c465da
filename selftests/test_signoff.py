"""People's word: what is refused when it is read, and when it lapses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.checklist import checklist
from acceptance.signoff import Attestation, Lapsed, Release, Waiver, feature_of, fingerprint, now_of
from acceptance.words import Words, WordsError, line_of, read, version_key

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STANDING, ONCE = "INFRA-MON-08", "INFRA-READY-04"
PEOPLE = """
[people."product-manager@example.com"]
roles = ["Product Manager"]

[people."tech-lead@example.com"]
handle = "lead"
roles = ["Tech Lead"]
"""


def attestation(id: str, **changes: str) -> str:
    fields = {
        "outcome": '"done"',
        "by": '"product-manager@example.com"',
        "role": '"Product Manager"',
        "on": "2026-03-02T08:10:00Z",
        "until": "2026-03-09",
        "says": '"Mail to the status list, thread 482"',
        "evidence": '"https://lists.example.com/482"',
        "wording": f'"{fingerprint(checklist()[id].sentence)}"',
        "version": '"2.4.0"',
        **changes,
    }
    return f"[{id}]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items() if value)


def waiver(id: str, **changes: str) -> str:
    return (
        attestation(
            id, **{"approver": '"lead"', "reason": '"known, mended next week"', "role": '"Tech Lead"', **changes}
        )
        .replace('by = "product-manager@example.com"\n', "")
        .replace('outcome = "done"\n', "")
        .replace('says = "Mail to the status list, thread 482"\n', "")
    )


def target(folder: Path, **files: str) -> Path:
    for name, source in {"people": PEOPLE, **files}.items():
        (folder / f"{name}.toml").write_text(source, encoding="utf-8")
    return folder


def attested(folder: Path, id: str, now: datetime = NOW, version: str = "2.4.0", **more: datetime) -> object:
    return read(folder).attested(id, checklist()[id].sentence, now, version, **more)


def test_a_valid_word_counts(tmp_path):
    word = attested(target(tmp_path, attestations=attestation(ONCE)), ONCE)
    assert isinstance(word, Attestation)
    assert word.where.endswith("attestations.toml:1")


@pytest.mark.parametrize(
    "now, counts",
    [
        (datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 10, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 8, 9, 59, tzinfo=UTC), False),
    ],
    ids=["last moment", "over", "in the future"],
)
def test_it_counts_from_its_moment_to_the_end_of_its_day(tmp_path, now, counts):
    word = attested(target(tmp_path, attestations=attestation(ONCE)), ONCE, now)
    assert isinstance(word, Attestation) is counts


def test_an_hour_ends_it_too(tmp_path):
    folder = target(tmp_path, attestations=attestation(ONCE, until="2026-03-02T11:59:59Z"))
    assert isinstance(attested(folder, ONCE), Lapsed)


@pytest.mark.parametrize(
    "change, why",
    [
        ({"wording": '"000000"'}, "the sentence has changed"),
        ({"version": '"2.3.0"'}, "was signed for version 2.3.0"),
    ],
)
def test_it_lapses_with_wording_and_version(tmp_path, change, why):
    word = attested(target(tmp_path, attestations=attestation(ONCE, **change)), ONCE)
    assert isinstance(word, Lapsed)
    assert why in word.why


@pytest.mark.parametrize("days, counts", [(90, True), (91, False)])
def test_a_standing_word_outlives_the_version_for_90_days(tmp_path, days, counts):
    folder = target(tmp_path, attestations=attestation(STANDING, version="", until="2027-01-01"))
    signed = datetime(2026, 3, 2, 8, 10, tzinfo=UTC)
    word = attested(folder, STANDING, signed + timedelta(days=days), "9.9.9")
    assert isinstance(word, Attestation) is counts


@pytest.mark.parametrize("version, counts", [("2.4.0", True), ("2.3.0", False), ("", True)])
def test_a_waiver_that_names_a_version_ends_with_it_on_standing_items_too(tmp_path, version, counts):
    words = read(target(tmp_path, waivers=waiver(STANDING, version=f'"{version}"')))
    word = words.waived(STANDING, checklist()[STANDING].sentence, NOW, "2.4.0")
    assert isinstance(word, Waiver) is counts


def test_the_review_must_be_later_than_the_record(tmp_path):
    review = attestation("INFRA-READY-10", by='"tech-lead@example.com"', role='"Tech Lead"')
    folder = target(tmp_path, attestations=review)
    assert isinstance(attested(folder, "INFRA-READY-10", after=NOW - timedelta(hours=5)), Attestation)
    assert isinstance(attested(folder, "INFRA-READY-10", after=NOW), Lapsed)


@pytest.mark.parametrize(
    "file, source, line, says",
    [
        ("attestations", attestation(ONCE).replace("READY-04", "READY-99"), 1, "no item of the checklist; valid: "),
        ("attestations", attestation(ONCE, by='"mallory@example.com"'), 3, "is not in people.toml; valid: product-"),
        ("attestations", attestation(ONCE, role='"Tech Lead"'), 4, "as Tech Lead; valid: Product Manager"),
        ("attestations", attestation(ONCE, role='"Boss"'), 4, "must be one of 'Tech Lead', 'DevOps Engineer'"),
        ("attestations", attestation(ONCE, on="2026-03-02T08:10:00"), 5, "has no time zone"),
        ("attestations", attestation(ONCE, until='"next week"'), 6, "must be a date such as 2026-03-09"),
        ("attestations", attestation(ONCE, version=""), 1, "version: is missing"),
        ("attestations", attestation(ONCE, until=""), 1, "until: is missing"),
        ("attestations", attestation(ONCE, colour='"red"'), 11, "unknown key; valid here: by, evidence"),
        ("attestations", attestation(ONCE) * 2, 11, "each item stands once"),
        ("attestations", "[INFRA-READY-04\n", 1, "mend the TOML"),
        ("attestations", attestation("INFRA-READY-10"), 4, "needs the word of a Tech Lead"),
        ("waivers", waiver("SEC-TLS-03").replace("SEC-TLS-03", "SEC-WEB-01"), 1, "is critical and can't be waived"),
        ("waivers", waiver("SEC-TLS-03").replace("until = 2026-03-09\n", ""), 1, "until: is missing"),
        ("waivers", '[plan.SEC-TLS-03]\nwhat = "x"\n', 1, "is high; a plan is enough only for medium"),
        ("people", PEOPLE + 'rols = ["x"]', 8, "unknown key; valid here: handle, keys, name, roles"),
        ("people", PEOPLE + 'keys = ["my-password"]', 8, "must be ssh public keys"),
    ],
)  # fmt: skip
def test_bad_words_are_refused_in_one_sentence_with_their_line(tmp_path, file, source, line, says):
    with pytest.raises(WordsError) as refused:
        read(target(tmp_path, **{file: source}))
    message = str(refused.value)
    assert f"{file}.toml:{line}: " in message
    assert says in message
    assert "\n" not in message


def test_wrong_encoding_and_unreadable_files_are_named(tmp_path):
    (tmp_path / "people.toml").write_bytes(b"[people]\n# \xff")
    with pytest.raises(WordsError, match=r"people\.toml: is not UTF-8 \(byte 11\)"):
        read(tmp_path)
    (tmp_path / "people.toml").unlink()
    (tmp_path / "people.toml").mkdir()
    with pytest.raises(WordsError, match="can't be read"):
        read(tmp_path)


def test_a_waiver_counts_for_its_role_only(tmp_path):
    words = read(target(tmp_path, waivers=waiver("SEC-TLS-03")))
    assert not isinstance(words.waived("SEC-TLS-03", checklist()["SEC-TLS-03"].sentence, NOW, "2.4.0"), Lapsed)
    product = waiver("SEC-TLS-03").replace('"lead"', '"product-manager@example.com"')
    with pytest.raises(WordsError, match="may not waive a high item; valid: Tech Lead"):
        read(target(tmp_path, waivers=product.replace('"Tech Lead"', '"Product Manager"')))


def release(folder: Path, version: str, more: str = "") -> None:
    (folder / "releases").mkdir(exist_ok=True)
    source = f'version = "{version}"\ncommit = "{"a" * 40}"\n{more}'
    (folder / "releases" / f"{version}.toml").write_text(source, encoding="utf-8")


def test_two_open_releases_are_refused_unless_one_is_named(tmp_path):
    release(tmp_path, "2.3.0")
    release(tmp_path, "2.4.0")
    words = read(tmp_path)
    with pytest.raises(WordsError, match=r"2\.4\.0\.toml:1: 2 releases are open \(2\.3\.0, 2\.4\.0\); close one"):
        words.release()
    assert words.release("2.3.0").version == "2.3.0"
    with pytest.raises(WordsError, match=r"there is no release '9'; valid: 2\.3\.0, 2\.4\.0"):
        words.release("9")
    release(tmp_path, "2.3.0", "closed = 2026-02-01T00:00:00Z\n")
    assert read(tmp_path).release().version == "2.4.0"
    assert Words().release() is None


@pytest.mark.parametrize(
    "more, line, says",
    [
        ("deployed = 2026-03-02T10:00:00Z\n", 1, "deployed is set but started is not"),
        ('rollback_target = "x"\n', 3, "unknown key; valid here: announced, closed"),
        ('[images]\nredis = "latest"\n', 3, "redis must be a digest"),
        ('[contacts]\nboss = "x"\n', 3, "unknown contact boss; valid: on_call"),
        ("[window]\nbegins = 2026-03-02T10:00:00Z\nends = 2026-03-02T10:00:00Z\n", 3, "the window ends before"),
        ('[[known_issues]]\nsummary = "a"\n[[known_issues]]\nsumary = "b"\n', 5, "summary: is missing"),
    ],
)
def test_bad_releases_are_refused_in_one_sentence(tmp_path, more, line, says):
    release(tmp_path, "2.4.0", more)
    with pytest.raises(WordsError) as refused:
        read(tmp_path)
    assert f"2.4.0.toml:{line}: " in str(refused.value)
    assert says in str(refused.value)


def test_a_release_answers_its_features_and_the_time():
    begun = Release.model_validate({"version": "2.4.0", "commit": "a" * 40, "started": NOW, "deployed": NOW})
    items = checklist()
    assert feature_of(begun, "first_start") == (True, "")
    assert feature_of(begun, "deployed") == (True, "")
    assert feature_of(begun, "rolled_back") == (False, "2.4.0 was not rolled back")
    assert feature_of(None, "deployed") == (False, "there is no release file")
    traded = Release.model_validate(begun.model_dump() | {"trading_released": {"by": "lead", "on": NOW}})
    assert feature_of(traded, "first_start") == (False, "trading was released by lead on 2026-03-02 12:00 UTC")
    later = NOW + timedelta(hours=3)
    assert now_of(items["INFRA-READY-07"], later, begun) == NOW
    assert now_of(items["INFRA-GATE-03"], later, begun) == NOW
    assert now_of(items["SEC-WEB-01"], later, begun) == later
    assert now_of(items["INFRA-READY-07"], later, None) == later


def test_versions_and_lines_are_found():
    assert sorted(["2.10.0", "2.4.0", "2.9.1", "2.4.0-rc1"], key=version_key) == [
        "2.4.0-rc1",
        "2.4.0",
        "2.9.1",
        "2.10.0",
    ]
    source = 'a = 1\n[people."x@y.z"]\nroles = []\n[[k]]\ns = 1\n[[k]]\ns = 2\n'
    assert line_of(source, ["people", "x@y.z", "roles"]) == 3
    assert line_of(source, ["k", "1", "s"]) == 7
    assert line_of(source, ["k", "1", "t"]) == 6
    assert fingerprint("a  b") == fingerprint("a b")
