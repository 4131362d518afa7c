"""How hot loops are compiled.

A loop marked `@jit` is compiled by numba where it is installed, once per machine (the result is cached beside the
module or in NUMBA_CACHE_DIR), and runs as plain Python elsewhere: slower, with the same result. Loops so marked take
and return arrays and numbers only, and release the interpreter while they run.
"""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])


def _compiler() -> Any:
    """Numba, None where there is no wheel of it for this interpreter or platform."""
    try:
        return importlib.import_module("numba")
    except ImportError:
        return None


numba = _compiler()


def jit(loop: Loop) -> Loop:
    """Compile a loop, or leave it as it is."""
    if numba is None:
        return loop
    compiled: Loop = numba.njit(cache=True, nogil=True, boundscheck=False)(loop)
    return compiled
