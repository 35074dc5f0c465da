"""Cipher suites up to TLS 1.2: their numbers on the wire, in the order in which a sensible client asks for them."""

from __future__ import annotations

import re


def _row(first: int, names: str, pattern: str, step: int = 1) -> dict[int, str]:
    return {first + n * step: f"TLS_{pattern.replace('*', name)}" for n, name in enumerate(names.split())}


_KEYS = "RSA DH_DSS DH_RSA DHE_DSS DHE_RSA DH_anon"
_EC = "ECDH_ECDSA ECDHE_ECDSA ECDH_RSA ECDHE_RSA ECDH_anon"
_EC_PAIRS = "ECDHE_ECDSA ECDH_ECDSA ECDHE_RSA ECDH_RSA"
_GCM_PAIRS = "RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon"
_EXPORT = "RSA_EXPORT_WITH_DES40_CBC_SHA RSA_WITH_DES_CBC_SHA RSA_WITH_3DES_EDE_CBC_SHA"

NAMES: dict[int, str] = {
    **_row(0x0001, "NULL_MD5 NULL_SHA", "RSA_WITH_*"),
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
    **_row(0x0004, "RC4_128_MD5 RC4_128_SHA", "RSA_WITH_*"),
    0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
    0x0007: "TLS_RSA_WITH_IDEA_CBC_SHA",
    **_row(0x0008, _EXPORT, "*"),
    **_row(0x000B, _EXPORT.replace("RSA_", "DH_DSS_"), "*"),
    **_row(0x000E, _EXPORT.replace("RSA_", "DH_RSA_"), "*"),
    **_row(0x0011, _EXPORT.replace("RSA_", "DHE_DSS_"), "*"),
    **_row(0x0014, _EXPORT.replace("RSA_", "DHE_RSA_"), "*"),
    0x0017: "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5",
    0x0018: "TLS_DH_anon_WITH_RC4_128_MD5",
    **_row(0x0019, _EXPORT.replace("RSA_", "DH_anon_"), "*"),
    **_row(0x002F, _KEYS, "*_WITH_AES_128_CBC_SHA"),
    **_row(0x0035, _KEYS, "*_WITH_AES_256_CBC_SHA"),
    **_row(0x003B, "NULL_SHA256 AES_128_CBC_SHA256 AES_256_CBC_SHA256", "RSA_WITH_*"),
    **_row(0x003E, "DH_DSS DH_RSA DHE_DSS", "*_WITH_AES_128_CBC_SHA256"),
    **_row(0x0041, _KEYS, "*_WITH_CAMELLIA_128_CBC_SHA"),
    0x0062: "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA",
    0x0064: "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA",
    0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    **_row(0x0068, "DH_DSS DH_RSA DHE_DSS DHE_RSA", "*_WITH_AES_256_CBC_SHA256"),
    0x006C: "TLS_DH_anon_WITH_AES_128_CBC_SHA256",
    0x006D: "TLS_DH_anon_WITH_AES_256_CBC_SHA256",
    **_row(0x0084, _KEYS, "*_WITH_CAMELLIA_256_CBC_SHA"),
    **_row(0x0096, _KEYS, "*_WITH_SEED_CBC_SHA"),
    **_row(0x009C, _GCM_PAIRS, "*_WITH_AES_128_GCM_SHA256", 2),
    **_row(0x009D, _GCM_PAIRS, "*_WITH_AES_256_GCM_SHA384", 2),
    **_row(0x00BA, _KEYS, "*_WITH_CAMELLIA_128_CBC_SHA256"),
    **_row(0x00C0, _KEYS, "*_WITH_CAMELLIA_256_CBC_SHA256"),
    **_row(0xC001, _EC, "*_WITH_NULL_SHA", 5),
    **_row(0xC002, _EC, "*_WITH_RC4_128_SHA", 5),
    **_row(0xC003, _EC, "*_WITH_3DES_EDE_CBC_SHA", 5),
    **_row(0xC004, _EC, "*_WITH_AES_128_CBC_SHA", 5),
    **_row(0xC005, _EC, "*_WITH_AES_256_CBC_SHA", 5),
    **_row(0xC023, _EC_PAIRS, "*_WITH_AES_128_CBC_SHA256", 2),
    **_row(0xC024, _EC_PAIRS, "*_WITH_AES_256_CBC_SHA384", 2),
    **_row(0xC02B, _EC_PAIRS, "*_WITH_AES_128_GCM_SHA256", 2),
    **_row(0xC02C, _EC_PAIRS, "*_WITH_AES_256_GCM_SHA384", 2),
    **_row(0xC050, "RSA DHE_RSA", "*_WITH_ARIA_128_GCM_SHA256", 2),
    **_row(0xC051, "RSA DHE_RSA", "*_WITH_ARIA_256_GCM_SHA384", 2),
    0xC05C: "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256",
    0xC05D: "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384",
    0xC060: "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256",
    0xC061: "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384",
    **_row(0xC072, _EC_PAIRS, "*_WITH_CAMELLIA_128_CBC_SHA256", 2),
    **_row(0xC073, _EC_PAIRS, "*_WITH_CAMELLIA_256_CBC_SHA384", 2),
    **_row(0xC09C, "128_CCM 256_CCM", "RSA_WITH_AES_*"),
    **_row(0xC09E, "128_CCM 256_CCM", "DHE_RSA_WITH_AES_*"),
    **_row(0xC0A0, "128_CCM_8 256_CCM_8", "RSA_WITH_AES_*"),
    **_row(0xC0A2, "128_CCM_8 256_CCM_8", "DHE_RSA_WITH_AES_*"),
    **_row(0xC0AC, "128_CCM 256_CCM 128_CCM_8 256_CCM_8", "ECDHE_ECDSA_WITH_AES_*"),
    **_row(0xCCA8, "ECDHE_RSA ECDHE_ECDSA DHE_RSA", "*_WITH_CHACHA20_POLY1305_SHA256"),
}

NAMES_1_3: dict[int, str] = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
}


def bits(name: str) -> int:
    """Bits of a suite's cipher as SSL Labs counts them: 3DES has 112, whatever its key is called."""
    for mark, size in (("NULL", 0), ("EXPORT1024", 56), ("EXPORT", 40), ("3DES", 112), ("EDE3", 112), ("DES_", 56)):
        if mark in name:
            return size
    if sized := re.search(r"_(128|256)_(?:CBC|GCM|CCM)", name):
        return int(sized[1])
    return 256 if "CHACHA20" in name or "GOST" in name else 128


def _rank(code: int) -> tuple[bool, ...]:
    name = NAMES[code]
    return (
        any(mark in name for mark in ("NULL", "anon", "EXPORT", "_DES_")),
        "RC4" in name,
        bits(name) <= 112 or "IDEA" in name,
        "DHE_" not in name,
        "GCM" not in name and "CHACHA20" not in name and "CCM" not in name,
        "ECDHE" not in name,
        bits(name) < 256,
    )


EVERY = tuple(sorted(NAMES, key=_rank))  # strongest first, broken ones last
USABLE = tuple(code for code in EVERY if not _rank(code)[0])  # what an old but sane client asks for
OF_BROWSERS = tuple(  # a current client: neither RC4 nor 64-bit blocks, only AES and ChaCha20
    code for code in USABLE if not _rank(code)[1] and not _rank(code)[2] and re.search("AES|CHACHA20", NAMES[code])
)
DHE = tuple(code for code in EVERY if re.search("_DHE_|_DH_anon_", NAMES[code]))  # the server sends a group
