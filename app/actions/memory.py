"""Giving memory back to the system: the C library keeps what was used once, for the next time."""

import ctypes


def give_back() -> None:
    """Where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
