"""What a CDN before the sandbox's edge adds to its assets."""

from __future__ import annotations

from acceptance.sandbox.world import World


def marks(world: World, path: str) -> list[tuple[bytes, bytes]]:
    """Headers of the CDN for an asset: a miss once, then hits."""
    if not path.startswith("/assets/"):
        return []
    if world.on("cdn-is-plain-proxy"):
        return [(b"via", b"1.1 nginx"), (b"age", b"30"), (b"x-cache", b"HIT"), (b"x-served-by", b"proxy-1")]
    seen: set[str] = world.shared.setdefault("cdn.seen", set())
    hit = path in seen and not world.on("cdn-never-hits")
    seen.add(path)
    word = "Hit from cloudfront" if hit else "Miss from cloudfront"
    return [(b"x-cache", word.encode()), (b"x-amz-cf-id", b"kq2Rz0example=="), (b"x-amz-cf-pop", b"FRA60-P1")]
