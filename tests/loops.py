"""Running a coroutine from a test that may share its thread with a browser's event loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(play: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop, and in a thread, of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, play).result()
