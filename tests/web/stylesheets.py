"""What style sheets say, for tests of what pages ask of them."""

import re
from functools import cache

from app.config import asset


@cache
def rules(name: str) -> frozenset[str]:
    """The classes that have a rule in a style sheet."""
    text = (asset("static") / "css" / name).read_text(encoding="utf-8")
    return frozenset(re.findall(r"^\.([a-z0-9-]+) \{", text, re.MULTILINE))
