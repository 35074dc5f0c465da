"""Whether this host gets at images in their registry, with its own user's log-in. Nothing is pulled."""

from __future__ import annotations

from acceptance.collector.base import Blind, run, section


@section("pulls")
def pulls(request):
    """The registry's answer for each reference: Docker asks for the manifest only."""
    return [
        {"reference": reference, "refused": refused(reference, request["in_clear"])} for reference in request["pulls"]
    ]


def refused(reference, in_clear):
    """Why the manifest can't be had; "" when it can. `in_clear`: the target says that the registry has no TLS."""
    plain = ("--insecure",) if in_clear else ()
    try:
        run("docker", "manifest", "inspect", *plain, reference, timeout_s=20.0)
    except Blind as blind:
        return str(blind)[:200]
    return ""
