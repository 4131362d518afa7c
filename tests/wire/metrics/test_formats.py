"""What every entry of the registry must keep."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, Invalid
from app.wire.decompress import bounded_decode
from app.wire.metrics import FORMATS
from app.wire.metrics.format import Format

every_format = pytest.mark.parametrize("entry", FORMATS.values(), ids=FORMATS)


@every_format
def test_an_entry_tells_where_and_how_it_is_spoken(entry: Format) -> None:
    assert FORMATS[entry.name] is entry
    assert entry.name.replace("_", "").isalnum()
    assert entry.path.startswith("/")
    assert entry.content_types
    assert entry.title
    assert entry.docs.endswith(".")


@every_format
def test_every_encoding_of_an_entry_can_be_undone(entry: Format) -> None:
    assert entry.encodings
    for encoding in entry.encodings:
        with suppress(Invalid):  # which a wrong body is; Unsupported is not
            bounded_decode(encoding, b"\x00", limit=100)


@every_format
def test_an_empty_body_is_decoded_or_refused(entry: Format) -> None:
    with suppress(AppError):
        assert len(entry.decode(b"")) == 0


@settings(deadline=None)
@given(body=st.binary(max_size=200), entry=st.sampled_from(list(FORMATS.values())))
def test_no_body_raises_anything_but_our_own_errors(body: bytes, entry: Format) -> None:
    with suppress(AppError):
        batch = entry.decode(body)
        assert all(batch.directory.key(position) for position in batch.series)
