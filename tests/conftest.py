"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes empty databases, real ones, of both kinds."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()
