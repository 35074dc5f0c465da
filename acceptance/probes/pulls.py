"""Whether each host could pull the release's images by digest, asked on the host with its own log-in."""

from __future__ import annotations

from functools import partial

from acceptance.facts import ProbeError, Unseen, facts, load, offenders
from acceptance.probes.each_host import answer_of, of_each
from acceptance.visit import Visit


@facts
class Pull:
    """One image as one host sees it; `refused` is "" where its manifest can be had."""

    reference: str
    refused: str


@facts
class Host:
    """What one host could pull."""

    name: str
    pulls: tuple[Pull, ...] | Unseen


@facts
class Pulls:
    """Every host that runs Docker."""

    hosts: tuple[Host, ...]

    def __repr__(self) -> str:
        return f"pulls from {len(self.hosts)} hosts"

    def looked(self) -> str:
        """How many manifests were asked for, where."""
        counts = [f"{len(h.pulls)} images from {h.name}" for h in self.hosts if not isinstance(h.pulls, Unseen)]
        return f"docker manifest inspect by digest: {', '.join(counts) or 'no host could be asked'}"

    def refused(self) -> tuple[str, ...]:
        """Images that a host can't pull."""
        found = [
            f"{host.name}: {pull.reference[:150]}: {pull.refused}"
            for host in self.hosts
            if not isinstance(host.pulls, Unseen)
            for pull in host.pulls
            if pull.refused
        ]
        return offenders(found, [host.pulls for host in self.hosts if isinstance(host.pulls, Unseen)])


@facts
class Answer:
    """What the collector prints."""

    pulls: tuple[Pull, ...] | Unseen


def look(visit: Visit) -> Pulls:
    """Ask every host that runs Docker. ProbeError when no release says which digests are meant."""
    from urllib.parse import urlsplit

    table, release = visit.target.registry, visit.need("release")
    if table is None:
        raise ProbeError("images of the release", "the target grants no [registry]")
    place, in_clear = urlsplit(table.url).netloc, table.url.startswith("http://")
    references = [
        f"{place}/{repository}@{release.images[service]}"
        for service, repository in table.images.items()
        if service in release.images
    ]
    if not references:
        raise ProbeError("images of the release", f"the release file of {release.version} records no digest")
    names = [name for name, host in visit.target.hosts.items() if host.docker]
    if not names:
        raise ProbeError("hosts that pull", "[hosts] names none that runs Docker")
    return Pulls(tuple(of_each(names, partial(_host, visit, references, in_clear)).values()))


def _host(visit: Visit, references: list[str], in_clear: bool, name: str) -> Host:
    answer = answer_of(visit, name, ("pulls",), partial(load, Answer), pulls=references, in_clear=in_clear)
    if isinstance(answer, Unseen):
        return Host(name, answer)
    if not isinstance(answer.pulls, Unseen) and [p.reference for p in answer.pulls] != references:
        return Host(name, Unseen(f"host {name}", "it answered for other images than it was asked for"))
    return Host(name, answer.pulls)
