"""One pass over the lines of a text exposition body."""

from collections.abc import Sequence

import numpy as np

from app.domain.errors import Invalid
from app.domain.samples import Metadata
from app.wire.metrics import text_families, text_lines
from app.wire.metrics.text_families import Family
from app.wire.metrics.text_reading import Reading
from app.wire.metrics.text_refusals import Refusals
from app.wire.metrics.text_series import Vocabulary


class Reader:
    """Turns lines into columns. A trusting one takes for a number what follows the text of a series seen before."""

    def __init__(self, vocabulary: Vocabulary, *, openmetrics: bool, trusting: bool = True) -> None:
        self._vocabulary = vocabulary
        self._openmetrics = openmetrics
        self._trusting = trusting
        self._declared: dict[str, Family] = {}
        self._helps: dict[str, str] = {}
        self._known = self._texts("")
        self._positions: list[int] = []
        self._numbers: list[str] = []
        self._stamped: list[int] = []
        self._stamps: list[int] = []
        self._exemplars = 0
        self._refusals = Refusals()

    def read(self, lines: Sequence[str]) -> Reading:
        """What stands in the lines."""
        positions, numbers, known = self._positions, self._numbers, self._known
        for at, line in enumerate(lines, 1):
            series, _, number = line.rpartition(" ")
            position = known.get(series)
            if position is not None:
                positions.append(position)
                numbers.append(number)
            elif line.startswith("#"):
                self._comment(line)
                known = self._known
            elif line and not line.isspace():
                self._sample(at, line)
        return Reading(
            self._vocabulary,
            np.array(positions, dtype=np.int64),
            numbers,
            self._metadata(),
            stamped=tuple(self._stamped),
            stamps=tuple(self._stamps),
            exemplars=self._exemplars,
            refusals=self._refusals.all(),
        )

    def _comment(self, line: str) -> None:
        said = self._vocabulary.comment(line)
        if said is None:
            return
        if said.keyword == "HELP":
            self._helps[said.name] = said.text
        else:
            before = self._declared.get(said.name)
            kind, unit = (before.type, before.unit) if before else ("unknown", "")
            kind, unit = (said.text, unit) if said.keyword == "TYPE" else (kind, said.text)
            self._declared[said.name] = text_families.declare(said.name, kind, unit, self._declared)
        self._known = self._texts(said.name)

    def _texts(self, family: str) -> dict[str, int]:
        """What is known under the declaration now in force; nothing when every line is to be read with care."""
        if not self._trusting:
            return {}
        return self._vocabulary.texts_of(self._declared.get(family, text_families.UNDECLARED))

    def _sample(self, at: int, line: str) -> None:
        try:
            if not self._trusting or not self._known_series(line):
                self._new_series(line)
        except Invalid as refused:
            self._refusals.add(at, refused)

    def _known_series(self, line: str) -> bool:
        """Whether the line is a series seen before with a timestamp or an exemplar, and was taken."""
        stem, _, exemplar = line.partition(" # ")
        series, _, number = stem.rpartition(" ")
        position, moment = self._known.get(series), ""
        if position is None:
            moment = number
            series, _, number = series.rpartition(" ")
            position = self._known.get(series)
        if position is None:
            return False
        self._take(position, number, moment, exemplar)
        return True

    def _new_series(self, line: str) -> None:
        parsed = text_lines.sample(line)
        text_lines.number(parsed.value)
        position = self._vocabulary.learn(parsed, self._declared)
        self._take(position, parsed.value, parsed.at, parsed.exemplar)

    def _take(self, position: int, number: str, moment: str, exemplar: str) -> None:
        if moment:
            self._stamps.append(text_lines.milliseconds(moment, openmetrics=self._openmetrics))
            self._stamped.append(len(self._positions))
        if exemplar and text_lines.exemplar_is_good(exemplar):
            self._exemplars += 1
        elif exemplar:
            self._refusals.add_exemplar()
        self._positions.append(position)
        self._numbers.append(number)

    def _metadata(self) -> tuple[Metadata, ...]:
        families = {name: self._declared.get(name, text_families.UNDECLARED) for name in self._helps} | self._declared
        return tuple(
            Metadata(name, family.type, self._helps.get(name, ""), family.unit)
            for name, family in families.items()
            if not family.starts
        )
