"""Running a coroutine from a test that may share its thread with a browser's event loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run(play: Coroutine[Any, Any, None]) -> None:
    """Run to the end on a loop, and in a thread, of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, play).result()
