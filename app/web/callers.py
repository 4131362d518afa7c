"""Where a request comes from, and what a proxy in front may say of it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from app.actions.sessions import Caller

Network = IPv4Network | IPv6Network


def of(connection: HTTPConnection, proxies: Sequence[Network]) -> Caller:
    """The address of the client itself: what a client writes into X-Forwarded-For never stands for it.

    Each proxy adds on the right whom it heard from, so the first address from the right that is no proxy of ours is
    the client's.
    """
    address = connection.client.host if connection.client else ""
    told = connection.scope["burnline.headers"].get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    while told and is_among(address, proxies):
        address = told.pop().strip() or address
    return Caller(address[:64], connection.headers.get("user-agent", ""))


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is one of these."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped.version == network.version and mapped in network for network in networks)
