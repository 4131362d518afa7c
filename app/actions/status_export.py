"""A copy of the status page in a folder: every file is replaced whole, the page itself last.

A folder is not replaced as one, because it may be what a web server or a container has mounted. What was told while
nobody answered lies beside the copy, a file each, until it has been handed in.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app import logs
from app.actions import notices as acting
from app.domain.errors import Invalid, Missing
from app.domain.notices import Notice, NoticeKind, Update
from app.domain.status_page import Page
from app.domain.status_pending import Pending
from app.store import notices
from app.store.engine import Connection
from app.wire import status_pending, status_state

log = logs.get("status")

STATE, INDEX, PENDING, BADGES = "state.json", "index.html", "pending", "components"
PARTIAL = ".partial"
COPY = "the status page's copy"  # signs what was told there while nobody could be asked who tells it


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a copy in its place. Raises OSError when that cannot be done; what stood there then stands still."""
    for name in sorted(files, key=lambda name: name == INDEX):
        _put(folder / name, files[name])
    for badge in (folder / BADGES).glob("*/badge.svg"):
        if badge.relative_to(folder).as_posix() not in files:
            badge.unlink()


def _put(place: Path, body: bytes) -> None:
    """The whole file or what was there before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_file() and place.read_bytes() == body:
        return
    partial = place.with_name(place.name + PARTIAL)
    with partial.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(place)


def state(folder: Path) -> Page:
    """The page a copy was made of. Raises Missing, and Invalid when it is not to be read."""
    file = folder / STATE
    if not file.is_file():
        text = f"There is no copy of the status page in {folder}."
        raise Missing(text, code="export_missing", hint="Make one with: burnline status export DIR")
    return status_state.read(file.read_bytes())


def add_pending(folder: Path, one: Pending) -> None:
    """Keep it until it can be handed in."""
    _put(folder / PENDING / f"{one.key}.json", status_pending.write(one))


def pending(folder: Path) -> list[Pending]:
    """What is kept, in the order it was told; a file that cannot be read is left alone."""
    found = []
    for file in sorted((folder / PENDING).glob("*.json")):
        try:
            found.append(status_pending.read(file.read_bytes()))
        except Invalid as error:
            log.warning("pending_not_read", file=str(file), error=str(error))
    return sorted(found, key=lambda one: (one.at_ms, one.key))


def forget(folder: Path, one: Pending) -> None:
    (folder / PENDING / f"{one.key}.json").unlink(missing_ok=True)


def adopt(db: Connection, one: Pending, *, services: Mapping[str, str], now_ms: int) -> None:
    """Hand it in; a second time it changes nothing. `services` are slugs by component. Raises AppError."""
    update = Update(one.phase, one.text, min(one.at_ms, now_ms), one.next_ms, COPY, one.key)
    if not one.notice:
        slugs = tuple(services[number] for number in one.components if number in services)
        notice = Notice(0, one.key, NoticeKind.INCIDENT, one.title, one.impact, slugs, update.at_ms, author=COPY)
        acting.post(db, notice, update, now_ms=now_ms)
        return
    known = notices.by_key(db, one.notice)
    if known is None and not one.notice.isdigit():
        raise Missing(f"There is no notice {one.notice}.", code="notice_unknown")
    found = known or acting.one(db, int(one.notice))
    latest = max((said.at_ms for said in found.updates), default=0)
    acting.say(db, found.id, replace(update, at_ms=max(update.at_ms, latest)), now_ms=now_ms)
