import pytest

from tests.wire.metrics.otlp.exports import ENCODINGS, Decode


@pytest.fixture(params=list(ENCODINGS.values()), ids=list(ENCODINGS))
def decode(request: pytest.FixtureRequest) -> Decode:
    """The same export in each spelling."""
    chosen: Decode = request.param
    return chosen
