"""What every test may ask for, and what none may do."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest

from tests.databases import Databases

# Machines differ in speed, properties do not. `make test ARGS="--hypothesis-profile thorough"` looks further.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("default", deadline=None, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.register_profile("thorough", deadline=None, suppress_health_check=SLOW_IS_FINE, max_examples=5000)
hypothesis.settings.load_profile("default")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes empty databases, real ones, of both kinds."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def nothing_leaves_this_machine() -> Iterator[None]:
    """A connection to anything but this machine is a fault of the test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
        yield


def _only_here(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if inet and address[0] != "localhost" and not ip_address(address[0]).is_loopback:
            raise RuntimeError(f"A test reaches out of this machine, to {address[0]}.")
        return connect(self, address)

    return guarded
