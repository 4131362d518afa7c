"""Raw minutes of SLIs as the live lanes tell them, as long as the tables may not hold them yet."""

import numpy as np

from app.domain.samples import Ints
from app.domain.sli_minutes import COLUMNS, SliMinutes, no_minutes, replaced

SETTLING = 10  # minutes before the cut of which the live view may know more than the tables


class LiveMinutes:
    """`cut`: from this minute on the tables hold nothing."""

    def __init__(self, cut: int = 0) -> None:
        self.cut = cut
        self._of: dict[int, SliMinutes] = {}

    def put(self, sli_id: int, found: SliMinutes, *, touched: Ints) -> None:
        """What is now known of the touched minutes."""
        self._of[sli_id] = replaced(self.of(sli_id), found, touched=touched)

    def settle(self, cut: int) -> None:
        """The tables hold everything before the cut."""
        self.cut = cut
        for sli_id, minutes in self._of.items():
            if len(minutes) and minutes.minute[0] < cut - SETTLING:
                self._of[sli_id] = minutes.between(cut - SETTLING, int(minutes.minute[-1]) + 1)

    def of(self, sli_id: int) -> SliMinutes:
        return self._of.get(sli_id, no_minutes())

    def over(self, sli_id: int, stored: SliMinutes, *, first: int, end: int) -> SliMinutes:
        """Stored minutes [first, end) with this view laid over them: of two views the one that observed more."""
        live = self.of(sli_id).between(max(first, self.cut - SETTLING), end)
        if len(live) == 0:
            return stored
        known = np.zeros(len(live), dtype=np.int64)
        is_stored = np.isin(live.minute, stored.minute)
        known[is_stored] = stored.known_ms[np.searchsorted(stored.minute, live.minute[is_stored])]
        better = live.known_ms > known
        chosen = SliMinutes(*(getattr(live, name)[better] for name in COLUMNS))
        return replaced(stored, chosen, touched=chosen.minute)
