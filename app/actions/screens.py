"""What is done about screens: a link is made and revoked, and all walls are told something."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.actions.noting import noted
from app.domain import walls
from app.domain.errors import Invalid, Missing
from app.store import screens
from app.store.audit import Deed
from app.store.engine import Connection
from app.store.screens import Call, Screen

TOKEN_BYTES = 32
LONGEST_NAME = 64
LONGEST_TEXT = 200
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=3_660)
MESSAGE_STANDS_MS = 3_600_000
RELOAD_STANDS_MS = 60_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A link to be made; without a lifetime it holds until it is revoked."""

    name: str
    wall: str
    pages: tuple[str, ...] = ("services",)
    inch: float = walls.USUAL_INCH
    metres: float = walls.USUAL_METRES
    lifetime: timedelta | None = None


def create(
    db: Connection, asked: Asked, *, known: Collection[str], kinds: Collection[str], by: str, now_ms: int
) -> tuple[Screen, str]:
    """A new link and its token, which can be had now and never again.

    `known` are the walls and `kinds` the pages there are. Raises Invalid at the field at fault.
    """
    name = _line(asked.name, "name", LONGEST_NAME)
    if not name:
        raise Invalid("Give the screen a name: where it hangs, such as NOC-2.", code="name_missing", field="name")
    for part in asked.wall.split("+"):
        if part not in known:
            hint = f"Walls there are: {', '.join(list(known)[:30])}."
            raise Invalid(f"There is no wall named {part[:80]}.", code="wall_unknown", field="wall", hint=hint)
    _check_pages(asked.pages, kinds)
    _within(asked.inch, walls.INCHES, "inch", "The diagonal is {} to {} inches.")
    _within(asked.metres, walls.METRES, "m", "The distance is {} to {} metres.")
    lifetime = asked.lifetime
    if lifetime is not None and not SHORTEST <= lifetime <= LONGEST:
        raise Invalid("A link holds for an hour at least, and ten years at most.", code="expiry", field="expires")
    lifetime_ms = None if lifetime is None else round(lifetime.total_seconds() * 1000)
    expires_ms = None if lifetime_ms is None else now_ms + lifetime_ms
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = Screen(0, name, asked.wall, asked.pages, asked.inch, asked.metres, by, now_ms, lifetime_ms, expires_ms)
    noted(db, Deed(by, "screen_created", f"{name} ({asked.wall})"))
    return screens.add(db, made, digest_of(token)), token


def revoke(db: Connection, screen_id: int, *, by: str, now_ms: int) -> Screen:
    """Its link opens nothing any more, and its stream ends. Raises Missing."""
    found = screens.find(db, screen_id)
    if found is None:
        raise Missing("There is no such screen.", code="screen_unknown", field="screen")
    screens.revoke(db, screen_id, by=by, now_ms=now_ms)
    noted(db, Deed(by, "screen_revoked", f"{found.name} ({found.wall})"))
    return found


def tell(db: Connection, text: str, *, by: str, now_ms: int) -> Call | None:
    """Show a message on every wall for an hour; an empty one takes back what stands. Raises Invalid."""
    said = _line(text, "message", LONGEST_TEXT)
    screens.end_messages(db, now_ms=now_ms)
    noted(db, Deed(by, "walls_told", "every wall", after=said))
    return screens.call(db, Call(0, said, now_ms, now_ms + MESSAGE_STANDS_MS, by)) if said else None


def reload(db: Connection, *, by: str, now_ms: int) -> Call:
    """Have every wall load itself anew."""
    noted(db, Deed(by, "walls_reloaded", "every wall"))
    return screens.call(db, Call(0, "", now_ms, now_ms + RELOAD_STANDS_MS, by))


def digest_of(token: str) -> bytes:
    """What is stored of a token: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def _line(text: str, field: str, longest: int) -> str:
    told = " ".join(text.split())
    if len(told) > longest or not told.isprintable():
        raise Invalid(f"The {field} is one line of at most {longest} characters.", code=f"{field}_invalid", field=field)
    return told


def _check_pages(pages: Sequence[str], kinds: Collection[str]) -> None:
    for one in pages:
        if one not in kinds:
            sentence = f"A wall has no page named {one[:20]}; there are {', '.join(kinds)}."
            raise Invalid(sentence, code="page_unknown", field="pages")
    if not pages:
        raise Invalid("Choose at least one page.", code="page_unknown", field="pages")


def _within(value: float, limits: tuple[float, float], field: str, sentence: str) -> None:
    if not limits[0] <= value <= limits[1]:
        raise Invalid(sentence.format(f"{limits[0]:g}", f"{limits[1]:g}"), code=f"{field}_invalid", field=field)
