"""Where the images of a release lie: an OCI registry, the account that pulls, and a repository for each service."""

from __future__ import annotations

from acceptance.tables import Table


class Registry(Table):
    """`realm` is the token service where it is another host: credentials go to no other."""

    url: str
    credential: str
    images: dict[str, str]  # service -> repository
    platforms: tuple[str, ...] = ("linux/amd64",)  # those that production runs on
    realm: str = ""
    stores: tuple[str, ...] = ()  # addresses that the registry sends its clients to for blobs, https://HOST
