"""The status page as a copy in a folder, made anew every minute by the worker."""

from pathlib import Path
from zoneinfo import ZoneInfo

from app import logs
from app.actions import status_export
from app.domain import status_pending
from app.domain.errors import Invalid, Missing
from app.domain.status_page import Page
from app.reports.status_facts import Facts
from app.reports.status_keeper import Keeper
from app.store.engine import Store
from app.web import status_files, times

log = logs.get("status")


class Exporter:
    """Writes only what it has just read: when nothing can be read the copy grows old, and says so."""

    def __init__(self, store: Store, keeper: Keeper, folder: Path, *, base: str) -> None:
        self._store = store
        self._keeper = keeper
        self._folder = folder
        self._base = base

    def export(self, *, now_ms: int) -> bool:
        """Whether there is a new copy. Raises OSError when the folder cannot be written to."""
        kept = self._keeper.renewed(now_ms=now_ms)
        if kept is None or kept.read_ms < now_ms:
            return False
        if self._adopt(kept.facts, now_ms=now_ms):
            kept = self._keeper.renewed(now_ms=now_ms + 1) or kept
        zone = kept.facts.choice.zone
        page = kept.page(ZoneInfo(zone) if times.is_zone(zone) else times.UTC_ZONE)
        status_export.write(self._folder, status_files.folder(page, base=self._base))
        return True

    def _adopt(self, facts: Facts, *, now_ms: int) -> int:
        """Hand in what was told meanwhile; gives how much. What can never be taken is dropped, and noted."""
        services = {one.id: one.slug for one in facts.parts}
        waiting = status_export.pending(self._folder)
        for one in waiting:
            try:
                with self._store.writing() as db:
                    status_export.adopt(db, one, services=services, now_ms=now_ms)
            except (Invalid, Missing) as error:
                log.warning("pending_refused", key=one.key, error=str(error))
            status_export.forget(self._folder, one)
        return len(waiting)


def copy(folder: Path, page: Page, *, base: str) -> None:
    """Write a copy of a page, and over it what was told since it was made. Raises AppError and OSError."""
    status_export.write(folder, status_files.folder(page, base=base))
    if status_export.pending(folder):
        _retell(folder, page, base=base)


def retell(folder: Path, *, base: str) -> Page:
    """Make a copy anew from itself and from what was told meanwhile. Raises AppError and OSError."""
    return _retell(folder, status_export.state(folder), base=base)


def _retell(folder: Path, page: Page, *, base: str) -> Page:
    found = status_pending.laid_over(page, status_export.pending(folder))
    files = dict(status_files.folder(found, base=base))
    del files[status_export.STATE]  # of what was measured, so that the next telling begins there again
    status_export.write(folder, files)
    return found
