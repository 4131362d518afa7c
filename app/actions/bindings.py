"""SLIs in use and the series they are measured by, kept up to date with the tables."""

from app.domain.bindings import Bound
from app.store import series, slos
from app.store.engine import Connection
from app.store.slos import StoredSli


class Bindings:
    """One for each who measures. `bound` is another one when there are other SLIs, and grows in between."""

    def __init__(self) -> None:
        self._revision = 0
        self._known: set[int] = set()
        self.bound = Bound({})
        self.slis: dict[int, StoredSli] = {}

    def refresh(self, db: Connection) -> bool:
        """Take in what changed, whether definitions did. With no SLI this reads one row."""
        revision = slos.revision(db)
        changed = revision != self._revision
        if changed:
            self.slis = {one.id: one for one in slos.slis(db)}
            if self.slis.keys() != self.bound.indicators.keys():
                self.bound, self._known = Bound({one.id: one.indicator for one in self.slis.values()}), set()
            self._revision = revision
            self.learn(db)
        return changed

    def learn(self, db: Connection) -> None:
        """Bind series that have come since."""
        if self.slis:
            found = series.candidates_for(db, self.bound.indicators.values(), known=self._known)
            self._known.update(one.id for one in found)
            self.bound.learn(found)
