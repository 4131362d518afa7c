"""Where a request comes from: what a proxy of ours says counts, what a client makes up does not."""

from ipaddress import ip_network

import pytest
from starlette.requests import HTTPConnection

from app.actions.sessions import Caller
from app.web import callers

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def caller(peer: str, forwarded: str = "") -> Caller:
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded else {}
    scope = {"type": "http", "headers": list(headers.items()), "burnline.headers": headers, "client": (peer, 5000)}
    return callers.of(HTTPConnection(scope), PROXIES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.5", "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.5", "1.2.3.4, 198.51.100.9, 10.0.0.7", "198.51.100.9"),
        ("::ffff:10.0.0.5", "198.51.100.9", "198.51.100.9"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_first_that_is_no_proxy_of_ours_counts(peer: str, forwarded: str, address: str) -> None:
    assert caller(peer, forwarded).address == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
    ],
)
def test_tries_are_counted_by_what_one_person_has_to_themselves(address: str, network: str) -> None:
    assert Caller(address).network == network
