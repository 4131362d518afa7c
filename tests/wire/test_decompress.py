import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, Invalid, TooLarge, Unsupported
from app.wire import decompress

LIMIT = 1 << 20
TEXT = b'http_requests_total{code="200"} 1027\n' * 100


def _raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def _gzip(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=31)
    return stream.compress(data) + stream.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "deflate": zlib.compress,
    "bare deflate": _raw_deflate,
    "snappy": lambda data: bytes(cramjam.snappy.compress_raw(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}
packed = pytest.mark.parametrize("packer", PACKERS)
CHECKED = ("gzip", "deflate")  # encodings that end in a checksum of the content


def _pack(packer: str, data: bytes) -> tuple[str, bytes]:
    return packer.removeprefix("bare "), PACKERS[packer](data)


@packed
@pytest.mark.parametrize("data", [b"", b"x", TEXT, bytes(LIMIT)], ids=["nothing", "one byte", "text", "zeros"])
def test_what_a_client_packed_comes_back(packer: str, data: bytes) -> None:
    encoding, body = _pack(packer, data)
    assert decompress.bounded_decode(encoding, body, limit=LIMIT) == data


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_no_encoding_is_the_body_itself(encoding: str) -> None:
    assert decompress.bounded_decode(encoding, TEXT, limit=LIMIT) == TEXT


@packed
def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(packer: str) -> None:
    encoding, body = _pack(packer, TEXT)
    assert decompress.bounded_decode(encoding, body, limit=len(TEXT)) == TEXT
    with pytest.raises(TooLarge, match=f"longer than {len(TEXT) - 1} bytes") as refused:
        decompress.bounded_decode(encoding, body, limit=len(TEXT) - 1)
    assert refused.value.code == "decoded_too_large"


def test_a_plain_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        decompress.bounded_decode("identity", TEXT, limit=len(TEXT) - 1)


@packed
@pytest.mark.parametrize("cut", [1, 4, 30])
def test_a_truncated_body_is_invalid(packer: str, cut: int) -> None:
    encoding, body = _pack(packer, bytes(range(256)) * 8)
    with pytest.raises(Invalid) as refused:
        decompress.bounded_decode(encoding, body[:-cut], limit=LIMIT)
    assert refused.value.code == "decompress_failed"


@packed
def test_every_truncation_is_invalid_and_nothing_worse(packer: str) -> None:
    encoding, body = _pack(packer, TEXT)
    for cut in range(1, len(body) + 1):
        with pytest.raises(Invalid):
            decompress.bounded_decode(encoding, body[:-cut], limit=LIMIT)


@packed
def test_bytes_after_the_end_are_invalid(packer: str) -> None:
    encoding, body = _pack(packer, TEXT)
    with pytest.raises(Invalid) as refused:
        decompress.bounded_decode(encoding, body + b"more", limit=LIMIT)
    assert refused.value.code == "decompress_failed"


@pytest.mark.parametrize("packer", CHECKED)
def test_a_wrong_checksum_is_invalid(packer: str) -> None:
    encoding, body = _pack(packer, TEXT)
    at = -8 if packer == "gzip" else -1
    damaged = bytearray(body)
    damaged[at] ^= 1
    with pytest.raises(Invalid) as refused:
        decompress.bounded_decode(encoding, bytes(damaged), limit=LIMIT)
    assert refused.value.code == "decompress_failed"


@packed
def test_plain_text_under_an_encoding_it_does_not_have_is_invalid(packer: str) -> None:
    encoding, _ = _pack(packer, b"")
    with pytest.raises(Invalid) as refused:
        decompress.bounded_decode(encoding, b"up 1\n", limit=LIMIT)
    assert refused.value.code == "decompress_failed"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip,snappy", "zstd1", "x" * 10_000])
def test_an_unknown_or_stacked_encoding_names_what_is_spoken(encoding: str) -> None:
    with pytest.raises(Unsupported) as refused:
        decompress.bounded_decode(encoding, b"", limit=LIMIT)
    assert refused.value.code == "encoding_unsupported"
    assert "send one of identity, gzip, deflate, snappy, zstd." in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_framed_snappy_stream_is_told_to_use_blocks() -> None:
    with pytest.raises(Invalid) as refused:
        decompress.bounded_decode("snappy", bytes(cramjam.snappy.compress(TEXT)), limit=LIMIT)
    assert refused.value.code == "snappy_framed"
    assert "block format" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"\xff\xff\xff\xff\x0fA", TooLarge),  # says 4 GiB - 1
        (b"\x80\x80\x40A", Invalid),  # says 1 MiB, the limit, in 4 bytes
        (b"\xff\xff\xff\xff\xff\x01", Invalid),  # says more than the format can
    ],
)
def test_a_snappy_length_is_not_believed(body: bytes, error: type[AppError]) -> None:
    with pytest.raises(error):
        decompress.bounded_decode("snappy", body, limit=LIMIT)


def _zstd_frame(header: bytes) -> bytes:
    raw_block_of_three = (1 | 3 << 3).to_bytes(3, "little") + b"abc"
    return b"\x28\xb5\x2f\xfd" + header + raw_block_of_three


def _window(log2: int) -> bytes:
    return bytes([0, (log2 - 10) << 3])


def test_a_zstd_window_of_8_mib_is_spoken() -> None:
    assert decompress.bounded_decode("zstd", _zstd_frame(_window(23)), limit=LIMIT) == b"abc"


@pytest.mark.parametrize("log2", [24, 31, 41])
def test_a_wider_zstd_window_is_refused(log2: int) -> None:
    with pytest.raises(Invalid, match="window of more than 8 MiB"):
        decompress.bounded_decode("zstd", _zstd_frame(_window(log2)), limit=LIMIT)


def test_a_zstd_content_size_is_not_believed() -> None:
    terabyte = b"\xc0" + _window(20)[1:] + (2**40).to_bytes(8, "little")
    with pytest.raises(Invalid):
        decompress.bounded_decode("zstd", _zstd_frame(terabyte), limit=LIMIT)


BOMB = """
import resource, sys, zlib
import cramjam
from app.domain.errors import TooLarge
from app.wire import decompress

def deflated(bits):  # 1 GiB of zeros: the same flushed mebibyte 1 024 times over
    stream = zlib.compressobj(wbits=bits)
    first = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    again = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    return first + again * 1023

def zstandard():  # the same, as 8 192 blocks of one repeated byte
    block = (1 << 1 | (128 << 10) << 3).to_bytes(3, "little") + b"0"
    return b"\\x28\\xb5\\x2f\\xfd" + bytes([0, 13 << 3]) + block * 8192

def snappy():
    return bytes(cramjam.snappy.compress_raw(bytes(64 << 20)))

bombs = {"gzip": lambda: deflated(31), "deflate": lambda: deflated(15), "zstd": zstandard, "snappy": snappy}
body = bombs[sys.argv[1]]()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decompress.bounded_decode(sys.argv[1], body, limit=32 << 20)
except TooLarge:
    print(len(body), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts kilobytes on Linux only")
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "snappy"])
def test_a_bomb_costs_little_more_memory_than_the_limit(encoding: str) -> None:
    command = [sys.executable, "-c", BOMB, encoding]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    body_bytes, grown_kib = map(int, run.stdout.split())
    assert body_bytes < 8 << 20
    assert grown_kib < 112 << 10


@settings(deadline=None)
@given(
    encoding=st.sampled_from(["gzip", "deflate", "snappy", "zstd"]),
    head=st.sampled_from([b"", b"\x1f\x8b\x08", b"\x78\x9c", b"\x28\xb5\x2f\xfd"]),
    body=st.binary(max_size=200),
)
def test_no_bytes_raise_anything_but_our_own_errors(encoding: str, head: bytes, body: bytes) -> None:
    with suppress(AppError):
        assert len(decompress.bounded_decode(encoding, head + body, limit=1000)) <= 1000
