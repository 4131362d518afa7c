"""Tables for a terminal that are Markdown at the same time."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Table:
    """A title, heads and rows of words, and what else there is to say below them."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def __str__(self) -> str:
        widths = [max(len(row[at]) for row in (self.heads, *self.rows)) for at in range(len(self.heads))]
        rule = tuple("-" * width for width in widths)
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in (self.heads, rule, *self.rows)
        ]
        notes = [" ".join(self.notes), ""] if self.notes else []
        return "\n".join((f"### {self.title}", "", *lines, "", *notes))


def met(value: float, bar: float) -> str:
    """Whether what should be at most `bar` is."""
    return "yes" if value <= bar else "NO"
