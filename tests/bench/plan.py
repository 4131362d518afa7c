"""What was asked for on the command line, and how far it has come."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEGAN = time.monotonic()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a part is told. `folder` is empty and its own."""

    folder: Path
    samples: int
    systems: Sequence[str]


def say(progress: str) -> None:
    """Tell on the error output, so that the output is nothing but tables."""
    print(f"[{time.monotonic() - BEGAN:4.0f} s] {progress}", file=sys.stderr, flush=True)


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000
