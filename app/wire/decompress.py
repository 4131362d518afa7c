"""Undoing a request's Content-Encoding without ever writing more than was allowed.

The only module that imports a codec. A new encoding is one function and one line in _DECODERS; what it must keep is the
contract of `bounded_decode`, which tests/wire/test_decompress.py holds against every entry.
"""

import sys
import threading
import zlib
from collections.abc import Callable

import cramjam

from app.domain.errors import Invalid, TooLarge, Unsupported
from app.domain.series import clip

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_BITS, ZLIB_BITS, RAW_BITS = 31, 15, -15  # what zlib calls wbits
ZSTD_WINDOW_LOG = 23  # 8 MiB, what RFC 8878 asks every decoder to support; the sender names it, we would allocate it
SNAPPY_FRAMED = b"\xff\x06\x00\x00sNaPpY"
_OWN = threading.local()
MOST_KEPT_BYTES = 2 * 1024 * 1024  # a thread; usual requests have less than half
SNAPPY_MAX_EXPANSION = 64 / 3  # the densest element is a copy: 3 bytes that stand for 64


def bounded_decode(encoding: str, body: bytes, *, limit: int) -> bytes:
    """The body with its Content-Encoding undone: at most `limit` bytes, and not much more memory on the way there.

    Raises Unsupported for an unknown or stacked encoding, TooLarge when more than `limit` bytes would come out and
    Invalid when the body is damaged, cut short or followed by something else.
    """
    decode = _DECODERS.get(encoding.strip().lower())
    if decode is None:
        spoken = ", ".join(name for name in _DECODERS if name)
        raise Unsupported(
            f"Content-Encoding {clip(encoding)!r} is not spoken here; send one of {spoken}.",
            code="encoding_unsupported",
            field="Content-Encoding",
        )
    return decode(body, limit)


def _identity(body: bytes, limit: int) -> bytes:
    return _checked(body, limit)


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate("gzip", GZIP_BITS, body, limit)


def _deflate(body: bytes, limit: int) -> bytes:
    """`deflate` means zlib's wrapping (RFC 9110), but there are clients that send the bare stream."""
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflate("deflate", ZLIB_BITS if wrapped else RAW_BITS, body, limit)


def _inflate(name: str, bits: int, body: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj(bits)
    try:
        decoded = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise _failed(name, "it is damaged") from error
    return _finished(name, decoded, limit=limit, ended=stream.eof, rest=stream.unused_data)


def _zstd(body: bytes, limit: int) -> bytes:
    """One frame. The content size a frame declares is never used: it is the sender's word."""
    stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
    try:
        decoded = stream.decompress(body, limit + 1)
    except zstd.ZstdError as error:
        raise _failed("zstd", "it is damaged or needs a window of more than 8 MiB") from error
    return _finished("zstd", decoded, limit=limit, ended=stream.eof, rest=stream.unused_data)


def _finished(name: str, decoded: bytes, *, limit: int, ended: bool, rest: bytes) -> bytes:
    _checked(decoded, limit)
    if not ended:
        raise _failed(name, "it ends too early")
    if rest:
        raise _failed(name, f"{len(rest)} bytes follow its end")
    return decoded


def _snappy(body: bytes, limit: int) -> bytes:
    """Snappy's block format, the one that remote write uses."""
    return bytes(_unsnapped(body, limit, lambda size: memoryview(bytearray(size))))


def snappy_view(body: bytes, *, limit: int) -> memoryview:
    """The same without a copy, in memory of this thread that its next call writes over. Raises as bounded_decode."""
    return _unsnapped(body, limit, _scratch)


def _unsnapped(body: bytes, limit: int, room: Callable[[int], memoryview]) -> memoryview:
    if body.startswith(SNAPPY_FRAMED):
        raise Invalid(
            "The body is a framed snappy stream; the block format is spoken here.",
            code="snappy_framed",
            hint="Use the block format: Go's snappy.Encode, Python's snappy.compress or cramjam.snappy.compress_raw.",
        )
    try:
        declared = cramjam.snappy.decompress_raw_len(body)
        if declared > limit:
            raise _too_large(limit)
        if declared > len(body) * SNAPPY_MAX_EXPANSION:
            raise _failed("snappy", "it ends too early")
        buffer = room(declared)
        written = cramjam.snappy.decompress_raw_into(body, buffer)
    except cramjam.DecompressionError as error:
        raise _failed("snappy", "it is damaged") from error
    return buffer[:written]


def _scratch(size: int) -> memoryview:
    """Memory that is used again and again: fresh memory costs as much as what is written to it."""
    if size > MOST_KEPT_BYTES:
        return memoryview(bytearray(size))
    buffer = getattr(_OWN, "buffer", None)
    if buffer is None or len(buffer) < size:
        buffer = _OWN.buffer = bytearray(size)
    return memoryview(buffer)[:size]


def _checked(decoded: bytes, limit: int) -> bytes:
    if len(decoded) > limit:
        raise _too_large(limit)
    return decoded


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is longer than {limit} bytes once decompressed.",
        code="decoded_too_large",
        hint="Send fewer samples at once.",
    )


def _failed(name: str, why: str) -> Invalid:
    return Invalid(f"The body is not valid {name}: {why}.", code="decompress_failed")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "deflate": _deflate,
    "snappy": _snappy,
    "zstd": _zstd,
}
