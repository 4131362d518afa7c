"""The kinds of SLI. A new one is a file here, two lines below and a row in docs/objectives.md that a test demands."""

from app.domain.slis import composite, freshness, latency, ratio, saturation, synthetic, threshold
from app.domain.slis.kind import Indicator, Reader

__all__ = ["KINDS", "Indicator"]

KINDS: dict[str, Reader] = {
    "ratio": ratio.read,
    "latency": latency.read,
    "threshold": threshold.read,
    "freshness": freshness.read,
    "saturation": saturation.read,
    "synthetic": synthetic.read,
    "composite": composite.read,
}
