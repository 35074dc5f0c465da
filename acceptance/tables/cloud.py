"""What the target has in a cloud: account, network, public names, balancers, groups; and what stands before it."""

from __future__ import annotations

from typing import Literal

from acceptance.tables import Table


class Cloud(Table):
    """`endpoint` is any address that speaks AWS's APIs, "" AWS itself. `access_key` is a name of `[credentials]`:
    its user is the key's id; "" takes what the machine has (environment, profile, instance role).

    With `terraform` (the output of `terraform show -json`) that state is read instead of the live account.
    """

    account: str
    region: str
    endpoint: str = ""
    access_key: str = ""
    terraform: str = ""
    network: str  # id or Name tag of the virtual network
    connected: tuple[str, ...] = ()  # ranges of networks that are connected to it
    ssh_port_open: int | None = None  # the one further port that may be open to the world
    names: tuple[str, ...] = ()  # public names
    aliases: tuple[str, ...] = ()  # names of the balancer or CDN that a public name may be an alias of
    egress: tuple[str, ...] = ()  # addresses that Binance's key is bound to
    load_balancers: tuple[str, ...] = ()
    auto_scaling_groups: tuple[str, ...] = ()


class Cdn(Table):
    """`ranges` are address ranges that the CDN publishes, for one that leaves no mark of its own."""

    asset: str  # path of a static file
    ranges: tuple[str, ...] = ()


class Balancer(Table):
    """Whose own view of its backends is asked, and how many there must be.

    haproxy: `url` of the statistics page as CSV. traefik, nginx: base of the API. aws: the groups of `[cloud]`.
    connections: `url` is asked by as many fresh connections as `backends` times ten.
    """

    kind: Literal["aws", "haproxy", "traefik", "nginx", "connections"]
    url: str = ""
    credential: str = ""
    backends: int
