"""The distribution protocol as a client speaks it: challenges, tokens for one repository, manifests, blobs."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from acceptance import web
from acceptance.asking import Api, refusal
from acceptance.facts import ProbeError, text

if TYPE_CHECKING:
    import httpx

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPT = {"Accept": ", ".join((*INDEXES, *MANIFESTS))}
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Manifest:
    """A manifest; its digest is our own, of the bytes that came."""

    digest: str
    document: dict[str, Any]

    @property
    def is_index(self) -> bool:
        """Whether it names one manifest a platform."""
        return isinstance(self.document.get("manifests"), list)

    @property
    def blobs(self) -> tuple[str, ...]:
        """Digests of configuration and layers, foreign layers left out."""
        parts = [self.document.get("config") or {}, *(self.document.get("layers") or ())]
        return tuple(dict.fromkeys(str(part.get("digest")) for part in parts if not part.get("urls")))


@dataclass
class Client:
    """Speaks to one registry, as `user` or, with "", as a stranger."""

    api: Api
    user: str = ""
    password: str = ""
    realm: str = ""  # the one other host that may be given the password
    stores: tuple[str, ...] = ()  # other hosts that blobs may be fetched from
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)  # by repository

    def ask(self, method: str, repository: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """One answer for `/v2/REPOSITORY/PATH`, authorised the way that the registry asks for."""
        url, asked = f"/v2/{repository}/{path}", headers or {}
        known = self._headers.get(repository, {})
        response = self.api.ask(method, url, headers={**asked, **known})
        if response.status_code == 401 and not known:
            self._headers[repository] = self._authorised(response, repository)
            if self._headers[repository]:
                response = self.api.ask(method, url, headers={**asked, **self._headers[repository]})
        if response.is_redirect and method in ("GET", "HEAD"):  # blobs often lie in a store of their own
            place = urljoin(str(response.url), response.headers.get("Location", ""))
            if _origin(place) not in map(_origin, (self.api.base, *self.stores)):
                raise ProbeError(
                    f"{path.partition('/')[0]} of {repository}",
                    f"they lie at {_origin(place)}; name it in [registry] stores",
                )
            response = self.api.ask(method, place, headers=asked)  # without the registry's own authorization
        return response

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest behind a tag or digest; None when there is none. ProbeError when that can't be seen."""
        response = self.ask("GET", repository, f"manifests/{reference}", ACCEPT)
        if response.status_code == 404:
            return None
        what = f"manifest {repository}:{reference[:19]}"
        if not response.is_success:
            raise ProbeError(what, refusal(response))
        document = web.as_json(response)
        if not isinstance(document, dict):
            raise ProbeError(what, "no JSON document")
        return Manifest(f"sha256:{hashlib.sha256(response.content).hexdigest()}", document)

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a blob is there. ProbeError when that can't be seen."""
        response = self.ask("HEAD", repository, f"blobs/{digest}")
        if response.status_code not in (200, 404):
            raise ProbeError(f"blob {digest[:19]} of {repository}", refusal(response))
        return response.status_code == 200

    def tags(self, repository: str) -> tuple[str, ...]:
        """All tags of a repository, page after page."""

        def following(response: httpx.Response) -> str:
            link = response.links.get("next", {}).get("url", "")
            parts = urlsplit(link)
            return f"{parts.path}?{parts.query}" if link else ""

        first = self.ask("GET", repository, "tags/list?n=100")
        if not first.is_success:
            raise ProbeError(f"tags of {repository}", refusal(first))
        self.api.headers, before = {**self.api.headers, **self._headers.get(repository, {})}, self.api.headers
        try:
            pages = [first, *(self.api.pages(following(first), following) if following(first) else ())]
        finally:
            self.api.headers = before
        return tuple(text(tag, 128) for page in pages for tag in (web.as_json(page) or {}).get("tags") or ())

    def _authorised(self, refused: httpx.Response, repository: str) -> dict[str, str]:
        """What to send after a 401: Basic, or a token for this repository; nothing where there is nothing to send."""
        challenge = refused.headers.get("WWW-Authenticate", "")
        kind, _, rest = challenge.partition(" ")
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        login = {"Authorization": f"Basic {basic}"} if self.user else {}
        if kind.lower() == "basic":
            return login
        told = dict(_PARAMETER.findall(rest))
        realm = urljoin(self.api.base, told.get("realm", ""))
        if kind.lower() != "bearer" or not told.get("realm"):
            raise ProbeError("the registry's challenge", f"neither Basic nor Bearer: {text(challenge, 100)!r}")
        if self.user and _origin(realm) not in (_origin(self.api.base), _origin(self.realm)):
            raise ProbeError("the registry's token service", f"{_origin(realm)} is not named in [registry] realm")
        asked = {"service": told.get("service", ""), "scope": f"repository:{repository}:pull"}
        response = self.api.ask("GET", f"{realm}?{urlencode(asked)}", headers=login)
        if not response.is_success:
            return {}
        document = web.as_json(response) or {}
        token = document.get("token") or document.get("access_token")
        return web.bearer(str(token)) if token else {}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
