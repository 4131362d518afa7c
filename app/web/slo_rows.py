"""Tables in forms: numbered fields, credit_0_below, credit_0_share, credit_1_below.

Rows that say nothing are passed over: a row is added by filling in an empty one, and taken away by emptying it.
"""

from collections.abc import Mapping, Sequence

Filled = Mapping[str, str]
Row = Mapping[str, str]

PAIR = ("name", "severity", "long", "short", "factor", "hold")
CREDIT = ("below", "share")
CHOSEN = ("severity",)  # always say something


def rows(filled: Filled, table: str, columns: Sequence[str], *, most: int) -> list[Row]:
    """The rows that say something, from the top."""
    every = ({name: filled.get(f"{table}_{at}_{name}", "").strip() for name in columns} for at in range(most))
    return [row for row in every if any(text for name, text in row.items() if name not in CHOSEN)]


def empty(columns: Sequence[str], count: int) -> list[Row]:
    return [dict.fromkeys(columns, "")] * count


def numbered(table: str, found: Sequence[Row]) -> dict[str, str]:
    """Rows as the fields of a form."""
    return {f"{table}_{at}_{name}": text for at, row in enumerate(found) for name, text in row.items()}
