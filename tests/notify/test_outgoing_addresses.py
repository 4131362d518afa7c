from ipaddress import ip_network

import pytest

from app.domain.errors import Invalid
from app.notify.outgoing_addresses import Policy, Reach

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
]
NOWHERE = [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
]
DISGUISED = [
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:5601:5601",  # Teredo, the client's address inverted
    "2001:db8::5efe:a9fe:a9fe",
    "fd12::200:5efe:a9fe:a9fe",
    "::ffff:0.0.0.0",
    "::ffff:224.0.0.1",
    "64:ff9b::ffff:ffff",
]
PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1",
]
UNROUTED = [
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "192.0.0.1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "2002:0808:0808::1",
    "2001:0:808:808::f7f7:f7fe",
    "192.88.99.1",
    "::8.8.8.8",
    "5f00::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]

inside = Policy(Reach.INSIDE)
outside = Policy(Reach.OUTSIDE)


@pytest.mark.parametrize("address", [*METADATA, *NOWHERE, *DISGUISED])
@pytest.mark.parametrize(
    "policy", [inside, outside, Policy(Reach.OUTSIDE, (ip_network("0.0.0.0/0"), ip_network("::/0")))]
)
def test_metadata_and_addresses_of_nobody_are_never_called(policy: Policy, address: str) -> None:
    with pytest.raises(Invalid, match=r"target leads to an? .* address") as caught:
        policy.check("target", 443, address)
    assert caught.value.code == "address_refused"
    assert caught.value.hint
    assert address not in str(caught.value)


@pytest.mark.parametrize("address", [*PRIVATE, *UNROUTED, *PUBLIC])
def test_inside_is_wherever_targets_live_on_any_port(address: str) -> None:
    inside.check("target", 9100, address)


@pytest.mark.parametrize("address", [*PRIVATE, *UNROUTED])
def test_outside_is_public_addresses_only(address: str) -> None:
    with pytest.raises(Invalid, match=r"leads to an? .*, which is not called from here"):
        outside.check("target", 443, address)


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("port", [80, 443, 8443])
def test_public_addresses_are_called_on_web_ports(address: str, port: int) -> None:
    outside.check("target", port, address)


@pytest.mark.parametrize("port", [22, 25, 6379, 9100])
def test_public_addresses_are_not_called_on_other_ports(port: int) -> None:
    with pytest.raises(Invalid, match=f"port {port}"):
        outside.check("target", port, "8.8.8.8")
    Policy(Reach.OUTSIDE, ports=frozenset({port})).check("target", port, "8.8.8.8")


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_an_allowed_network_is_called_in_either_spelling_and_its_neighbours_are_not(address: str) -> None:
    policy = Policy(Reach.OUTSIDE, (ip_network("10.1.0.0/16"), ip_network("fd12::/16")))
    policy.check("target", 8080, address)
    policy.check("target", 8080, "fd12::1")
    with pytest.raises(Invalid):
        policy.check("target", 443, "10.2.0.1")
