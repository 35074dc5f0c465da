"""More TLS cases of the oracle's form, with the letters (2009q, 2009r) and scores that the guide gives when read by hand."""

from __future__ import annotations

from typing import Any

STRONG = (
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
)
CBC = "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA"


def _case(name: str, letters: str, scores: tuple[float, float, float] = (100, 90, 90), **knobs: Any) -> dict[str, Any]:
    before, now = letters.split()
    named = dict(zip(("protocol", "key_exchange", "cipher"), scores, strict=True))
    return {"name": name, "knobs": knobs, "guide": {"2009q": before, "2009r": now, "scores": named}}


def _weak(
    *ciphers: str, lowest: int = 3, highest: int = 3, kx: tuple[str, ...] = ("ecdhe_rsa",), flaw: str | None = None
) -> dict[str, Any]:
    """What nginx no longer serves: versions are 0 for SSL 3.0 to 3 for TLS 1.2."""
    chosen = list(ciphers or ("aes256gcm", "aes128gcm"))
    return {"min": [3, lowest], "max": [3, highest], "ciphers": chosen, "kx": list(kx), "flaw": flaw}


MORE = (
    _case("hsts-zero", "A A-", hsts="max-age=0"),
    _case("hsts-invalid", "A A-", hsts="max-age=abc"),
    _case("hsts-empty", "A A-", hsts="includeSubDomains"),
    _case("hsts-180", "A+ A+", hsts="max-age=15552000"),
    _case("hsts-quoted", "A+ A+", hsts='max-age="31536000"'),
    _case("hsts-negative", "A A-", hsts="max-age=-1"),
    _case("hsts-comma", "A A-", hsts="max-age=31536000, includeSubDomains"),
    _case("tls13-only", "A A+", protocols=["TLSv1.3"]),
    _case(
        "tls13-only-256-p384-rsa4096",
        "A A+",
        (100, 100, 100),
        protocols=["TLSv1.3"],
        suites13="TLS_AES_256_GCM_SHA384",
        curves="secp384r1",
        keys=["rsa4096"],
    ),
    _case(
        "tls10-to-13",
        "B B",
        (95, 90, 90),
        protocols=["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
        ciphers=f"{STRONG}:{CBC}",
    ),
    _case("tls11-12", "B B", (97.5, 90, 90), protocols=["TLSv1.1", "TLSv1.2"], ciphers=f"{STRONG}:{CBC}"),
    _case("tls11-only", "C C", (95, 90, 90), protocols=["TLSv1.1"], ciphers=CBC),
    _case("tls10-11", "C C", (92.5, 90, 90), protocols=["TLSv1", "TLSv1.1"], ciphers=CBC),
    _case("rsa1024", "B B", (100, 80, 90), keys=["rsa1024"]),
    _case("ec384", "A+ A+", keys=["ec384"]),
    _case("ec384-p384", "A+ A+", (100, 100, 90), keys=["ec384"], curves="secp384r1"),
    _case("ec521-p521", "A+ A+", (100, 100, 90), keys=["ec521"], curves="secp521r1"),
    _case("sha1-leaf", "T T", digest="sha1"),
    _case("sha1-int", "T T", intermediate_digest="sha1"),
    _case("md5-leaf", "F F", digest="md5"),
    _case("md5-int", "F F", intermediate_digest="md5"),
    _case("cn-only", "A+ A+", sans=[]),
    _case("wrong-host", "M M", cn="other.oracle.test", sans=["other.oracle.test"]),
    _case("wildcard", "A+ A+", cn="*.oracle.test", sans=["*.oracle.test"]),
    _case("cn-right-san-wrong", "M M", sans=["other.oracle.test"]),
    _case("not-yet", "T T", days=[3, 60]),
    _case(
        "self-signed-wrong-host",
        "T T",
        issuer="self",
        chain=["leaf"],
        cn="other.oracle.test",
        sans=["other.oracle.test"],
    ),
    _case("unknown-leaf-only", "T T", issuer="unknown", chain=["leaf"]),
    _case("unknown-root-sent", "T T", issuer="unknown", chain=["leaf", "intermediate", "root"]),
    _case("leaf-root", "B B", chain=["leaf", "root"]),
    _case("null-only", "F F", (100, 90, 0), protocols=["TLSv1.2"], ciphers="NULL-SHA256"),
    _case("null-beside", "F F", (100, 90, 50), ciphers=f"{STRONG}:NULL-SHA256"),
    _case(
        "anon-beside",
        "F F",
        (100, 0, 90),
        ciphers=f"{STRONG}:ADH-AES128-SHA:AECDH-AES128-SHA",
        dh_bits=2048,
        protocols=["TLSv1.2"],
    ),
    _case(
        "client-order-rsa", "A+ A-", protocols=["TLSv1.2"], server_order=False, ciphers=f"AES128-GCM-SHA256:{STRONG}"
    ),
    _case("rsa-first-tls13", "A+ A+", ciphers=f"AES128-GCM-SHA256:{STRONG}"),
    _case("dhe1024-beside", "B B", (100, 80, 90), ciphers=f"{STRONG}:DHE-RSA-AES128-GCM-SHA256", dh_bits=1024),
    _case(
        "dhe4096-rsa4096",
        "A+ A-",
        (100, 100, 100),
        protocols=["TLSv1.2"],
        ciphers="DHE-RSA-AES256-GCM-SHA384",
        dh_bits=4096,
        keys=["rsa4096"],
    ),
    _case(
        "chacha",
        "A+ A+",
        (100, 90, 100),
        ciphers="ECDHE-RSA-CHACHA20-POLY1305",
        suites13="TLS_CHACHA20_POLY1305_SHA256",
    ),
    _case(
        "ccm8",
        "A+ A+",
        (100, 90, 80),
        ciphers="ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-GCM-SHA256",
        keys=["ec256"],
        suites13="TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256",
    ),
    _case("cbc-only-12", "B B", protocols=["TLSv1.2"], ciphers=CBC),
    _case("3des-first", "C C", (95, 90, 60), weak=_weak("3des", "aes256gcm", "aes256", lowest=1)),
    _case("3des-only", "C C", (95, 90, 20), weak=_weak("3des", lowest=1)),
    _case("3des-12-only-last", "A+ A-", (100, 90, 60), weak=_weak("aes256gcm", "aes256", "3des")),
    _case("rc4-first", "C C", (95, 90, 90), weak=_weak("rc4", "aes256gcm", "aes256", lowest=1)),
    _case("rc4-first-tls10", "C C", (90, 90, 90), weak=_weak("rc4", "aes256", lowest=1, highest=1)),
    _case("ssl3", "C C", (90, 90, 100), weak=_weak("aes256gcm", "aes256", lowest=0, kx=("ecdhe_rsa", "rsa"))),
    _case("ssl3-only", "F F", (80, 90, 100), weak=_weak("aes256", lowest=0, highest=0, kx=("rsa",))),
    _case("ssl2", "F F", (50, 90, 90), weak=_weak(kx=("ecdhe_rsa", "rsa"), flaw="ssl2")),
    _case("heartbleed", "F F", weak=_weak(flaw="heartbleed")),
    _case("ccs", "F F", weak=_weak(flaw="ccs")),
    _case("dhe-512-only", "F F", (100, 40, 90), dh_bits=512, weak=_weak(kx=("dhe_rsa",))),
    _case("dhe-768-only", "F F", (100, 40, 90), dh_bits=768, weak=_weak(kx=("dhe_rsa",))),
    _case("expired-heartbleed", "F F", days=[-90, -3], weak=_weak(flaw="heartbleed")),
    _case("aes128cbc-rsa-tls12", "B B", (100, 90, 80), weak=_weak("aes128", kx=("rsa",))),
)
