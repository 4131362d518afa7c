"""Screens: links to one wall each, when each was last seen, and what all of them were told."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.store.screens_schema import screen_calls, screens


@dataclass(frozen=True, slots=True)
class Screen:
    """A link. `lifetime_ms` is how long it holds without being seen, None for ever; `revoked_ms` None: in force."""

    id: int
    name: str
    wall: str
    pages: tuple[str, ...]
    inch: float
    metres: float
    author: str
    created_ms: int
    lifetime_ms: int | None
    expires_ms: int | None
    revoked_ms: int | None = None
    revoked_by: str = ""
    seen_ms: int | None = None
    seen_address: str = ""
    seen_build: str = ""
    seen_viewport: str = ""

    def is_expired(self, now_ms: int) -> bool:
        return self.expires_ms is not None and now_ms >= self.expires_ms

    def is_good(self, now_ms: int) -> bool:
        """Whether it opens its wall at a time."""
        return self.revoked_ms is None and not self.is_expired(now_ms)


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life of a screen."""

    at_ms: int
    address: str
    build: str
    viewport: str


@dataclass(frozen=True, slots=True)
class Call:
    """What all walls were told; without a text: to load themselves anew."""

    id: int
    text: str
    at_ms: int
    until_ms: int
    author: str


def add(db: sa.Connection, screen: Screen, digest: bytes) -> Screen:
    """A new one, with the number it got."""
    values = {
        "digest": digest,
        "name": screen.name,
        "wall": screen.wall,
        "pages": ",".join(screen.pages),
        "inch": screen.inch,
        "metres": screen.metres,
        "author": screen.author,
        "created_ms": screen.created_ms,
        "lifetime_ms": screen.lifetime_ms,
        "expires_ms": screen.expires_ms,
        "revoked_by": "",
        "seen_address": "",
        "seen_build": "",
        "seen_viewport": "",
    }
    number = db.execute(screens.insert().values(**values).returning(screens.c.id)).scalar_one()
    return replace(screen, id=number)


def every(db: sa.Connection) -> list[Screen]:
    """All: by name, revoked ones last."""
    order = (screens.c.revoked_ms.is_not(None), screens.c.name, screens.c.id)
    return [_screen(row) for row in db.execute(sa.select(screens).order_by(*order))]


def by_digest(db: sa.Connection) -> dict[bytes, Screen]:
    """All, by what is stored of their tokens."""
    return {bytes(row.digest): _screen(row) for row in db.execute(sa.select(screens))}


def find(db: sa.Connection, screen_id: int) -> Screen | None:
    row = db.execute(sa.select(screens).where(screens.c.id == screen_id)).first()
    return None if row is None else _screen(row)


def revoke(db: sa.Connection, screen_id: int, *, by: str, now_ms: int) -> bool:
    """Whether it was in force until now."""
    wanted = (screens.c.id == screen_id) & screens.c.revoked_ms.is_(None)
    return db.execute(screens.update().where(wanted).values(revoked_ms=now_ms, revoked_by=by)).rowcount == 1


def note_seen(db: sa.Connection, screen_id: int, beat: Beat) -> None:
    """Remember a sign of life, which also makes the link hold longer."""
    db.execute(
        screens.update()
        .where(screens.c.id == screen_id)
        .values(
            seen_ms=beat.at_ms,
            seen_address=beat.address,
            seen_build=beat.build,
            seen_viewport=beat.viewport,
            expires_ms=screens.c.lifetime_ms + beat.at_ms,  # null where there is no lifetime
        )
    )


def call(db: sa.Connection, said: Call) -> Call:
    """Tell all walls, with the number it got."""
    values = {"text": said.text, "at_ms": said.at_ms, "until_ms": said.until_ms, "author": said.author}
    number = db.execute(screen_calls.insert().values(**values).returning(screen_calls.c.id)).scalar_one()
    return replace(said, id=number)


def calls(db: sa.Connection, *, now_ms: int) -> tuple[Call | None, Call | None]:
    """The newest message that still stands, and the newest wish that they load anew."""
    newest = sa.select(screen_calls).order_by(screen_calls.c.id.desc()).limit(1)
    said = db.execute(newest.where(screen_calls.c.text != "")).first()
    reload = db.execute(newest.where(screen_calls.c.text == "")).first()
    message = None if said is None or said.until_ms <= now_ms else Call(*said)
    return message, None if reload is None else Call(*reload)


def end_messages(db: sa.Connection, *, now_ms: int) -> None:
    """Take back what still stands."""
    standing = (screen_calls.c.text != "") & (screen_calls.c.until_ms > now_ms)
    db.execute(screen_calls.update().where(standing).values(until_ms=now_ms))


def _screen(row: sa.Row[tuple[object, ...]]) -> Screen:
    fields = row._asdict()
    del fields["digest"]
    return Screen(**{**fields, "pages": tuple(fields["pages"].split(","))})
