"""Which addresses may be called: the guard against being talked into calling our own neighbours (SSRF).

An address is judged as the one that is connected to, after name resolution, in every form that carries an IPv4 address
inside it. Python's `is_global` alone will not do: it holds 6to4, NAT64, multicast and some others for global.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from app.domain.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS = frozenset({80, 443, 8443})
ANY_PORT = frozenset(range(1, 65_536))  # of an address that the operator has set, not a user


class Reach(StrEnum):
    """How far calls may go."""

    INSIDE = "inside"  # scrape targets: private networks and loopback are where they live
    OUTSIDE = "outside"  # webhooks: the public internet only


@dataclass(frozen=True, slots=True)
class Policy:
    """Where calls may go. `allowed` networks and `ports` widen OUTSIDE; INSIDE knows no limit of ports."""

    reach: Reach
    allowed: tuple[Network, ...] = ()
    ports: frozenset[int] = WEB_PORTS

    def check(self, host: str, port: int, address: str) -> None:
        """Raises Invalid when this address, which `host` leads to, may not be called."""
        refused = self._refused(ip_address(address.partition("%")[0]), port)
        if refused:
            raise Invalid(
                f"{host} leads to {refused}, which is not called from here.",
                code="address_refused",
                field="url",
                hint=_HINTS[self.reach],
            )

    def _refused(self, address: Address, port: int) -> str:
        """What kind of address it is, when that kind is refused; else ""."""
        faces = tuple(_faces(address))
        for face in faces:
            kind = _kind(face, _NEVER)
            if kind:
                return kind
        if self.reach is Reach.INSIDE or any(_holds(network, face) for network in self.allowed for face in faces):
            return ""
        for face in faces:
            kind = _kind(face, _NOT_PUBLIC) or ("" if face.is_global else "a private address")
            if kind:
                return kind
        return "" if port in self.ports else f"port {port}"


def _faces(address: Address) -> Iterator[Address]:
    """The address and every IPv4 address that a gateway or our own kernel would make of it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped:  # the kernel speaks IPv4: the IPv6 form means nothing
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour:
        yield address.sixtofour
    yield from address.teredo or ()
    number = int(address)
    embeds = any(address in network for network in _EMBEDDING) or (number >> 32) & 0xFDFFFFFF == _ISATAP
    if embeds and number > 1:  # :: and ::1 are themselves
        yield IPv4Address(number & 0xFFFFFFFF)


def _kind(address: Address, kinds: dict[str, tuple[Network, ...]]) -> str:
    return next((kind for kind, networks in kinds.items() if any(_holds(net, address) for net in networks)), "")


def _holds(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


_ISATAP = 0x00005EFE  # the upper half of an interface identifier, RFC 5214
_EMBEDDING = _networks("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/96")
_NEVER = {
    "a cloud metadata address": _networks(
        "169.254.169.254/32",  # most clouds
        "169.254.170.2/32",  # AWS ECS
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
    ),
    "a link-local address": _networks("169.254.0.0/16", "fe80::/10"),
    "an unspecified address": _networks("0.0.0.0/8", "::/128"),
    "a multicast address": _networks("224.0.0.0/4", "ff00::/8"),
    "a reserved address": _networks("240.0.0.0/4"),
}
_NOT_PUBLIC = {
    "a loopback address": _networks("127.0.0.0/8", "::1/128"),
    "a private address": _networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10", "64:ff9b:1::/48"
    ),
    "a documentation address": _networks(
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"
    ),
    "an address of a retired tunnel": _networks("2002::/16", "2001::/32", "192.88.99.0/24", "::/96"),
    "a segment identifier": _networks("5f00::/16"),
}
_HINTS = {
    Reach.INSIDE: "Link-local, metadata, multicast and unspecified addresses are never scraped.",
    Reach.OUTSIDE: "Only public addresses are called; networks of your own can be allowed in the settings.",
}
