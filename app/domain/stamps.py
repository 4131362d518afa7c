"""Whom series come from, as a label that their sender cannot choose: what a token is bound to."""

from dataclasses import replace

from app.domain.errors import Invalid
from app.domain.samples import Ints, SampleBatch, SeriesDirectory
from app.domain.series import SeriesKey, clip

LABEL = "sender"


class Stamped:
    """A directory of series (see SeriesDirectory) with the label on each.

    The ids it keeps are those of the directory beneath, which must never be anybody else's.
    """

    def __init__(self, directory: SeriesDirectory, sender: str) -> None:
        self._directory = directory
        self.sender = sender

    @property
    def ids(self) -> Ints:
        return self._directory.ids

    @ids.setter
    def ids(self, ids: Ints) -> None:
        self._directory.ids = ids

    def key(self, position: int) -> SeriesKey:
        """Raises Invalid when the series' labels are, or when it says that it comes from somebody else."""
        key = self._directory.key(position)
        said = key.label(LABEL)
        if said not in ("", self.sender):
            raise Invalid(
                f"{key} says that it comes from {clip(said, 40)}, but its token sends as {self.sender}.",
                code="sender_forged",
                field=LABEL,
            )
        if said:
            return key
        return replace(key, labels=tuple(sorted((*key.labels, (LABEL, self.sender)))))


def stamped(batch: SampleBatch, sender: str) -> SampleBatch:
    """The same samples, each series with the label of its sender."""
    return replace(batch, directory=Stamped(batch.directory, sender))
