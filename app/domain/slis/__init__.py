"""The kinds of SLI. A new one is a file here, two lines below and a row in docs/objectives.md that a test demands."""

from app.domain.slis import latency, ratio
from app.domain.slis.kind import Indicator, Reader

__all__ = ["KINDS", "Indicator"]

KINDS: dict[str, Reader] = {
    "ratio": ratio.read,
    "latency": latency.read,
}
