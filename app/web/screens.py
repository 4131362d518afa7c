"""Screens that show a link's cookie: which one asks, whether it still may, and that it is alive.

A cookie that is no screen's of ours is nobody's. One that was a screen's and is not any more gets a sentence that can
be read from afar, and never a form to sign in: nobody stands there to fill it in.

All of them are held here, read again when what is known is older than KEPT_SECONDS: a link that is revoked anywhere is
worth nothing within that time, and while the database is away what was known holds.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock
from time import monotonic
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.actions import screens as acting
from app.domain.errors import Ended, Unavailable
from app.store import screens as store
from app.store.engine import Store
from app.store.screens import Beat, Call, Screen

COOKIE = "burnline_screen"
PATH = "/wall"  # of the cookie: walls and their streams are all it is good for
COOKIE_SECONDS = 400 * 24 * 3600  # browsers keep none for longer
KEPT_SECONDS = 2.0
SEEN_EVERY_MS = 20_000
TOKEN_LENGTHS = range(40, 65)


class Keeper:
    """What one process knows of the screens. Its methods may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._read_at = -KEPT_SECONDS
        self._screens: dict[bytes, Screen] = {}
        self._calls: tuple[Call | None, Call | None] = (None, None)
        self._noted: dict[int, Beat] = {}

    @property
    def is_outdated(self) -> bool:
        return monotonic() - self._read_at >= KEPT_SECONDS

    def forget(self) -> None:
        """Ask the database again: something was changed here."""
        self._read_at = -KEPT_SECONDS

    def known(self, token: str, *, now_ms: int) -> Screen | None:
        """The screen of a token, revoked or not."""
        if len(token) not in TOKEN_LENGTHS:
            return None
        self.read(now_ms=now_ms)
        return self._screens.get(acting.digest_of(token))

    def held(self, token: str) -> Screen | None:
        """The same, out of what is known already."""
        return self._screens.get(acting.digest_of(token)) if len(token) in TOKEN_LENGTHS else None

    def calls(self, *, now_ms: int) -> tuple[Call | None, Call | None]:
        """The message that stands now, and the newest wish that walls load anew."""
        self.read(now_ms=now_ms)
        message, reload = self._calls
        return (None if message is None or message.until_ms <= now_ms else message), reload

    def read(self, *, now_ms: int) -> None:
        """Bring what is known up to date. Raises Unavailable only when nothing was ever known."""
        with self._lock:
            if not self.is_outdated:
                return
            try:
                with self._store.reading() as db:
                    self._screens = store.by_digest(db)
                    self._calls = store.calls(db, now_ms=now_ms)
            except Unavailable:
                if self._read_at < 0:
                    raise
            self._read_at = monotonic()

    def note(self, screen: Screen, beat: Beat) -> None:
        """A sign of life, written down now and then."""
        before = self._noted.get(screen.id)
        if (
            before is not None
            and beat.at_ms - before.at_ms < SEEN_EVERY_MS
            and replace(before, at_ms=beat.at_ms) == beat
        ):
            return
        self._noted[screen.id] = beat
        with suppress(Unavailable), self._store.writing() as db:
            store.note_seen(db, screen.id, beat)


_OF_STORE: WeakKeyDictionary[Store, Keeper] = WeakKeyDictionary()


def keeper(store: Store) -> Keeper:
    """What is known beside a database."""
    return _OF_STORE.setdefault(store, Keeper(store))


async def screen_of(connection: HTTPConnection) -> Screen | None:
    """The screen that asks, in force; None when it is none. Raises Ended for one that is over."""
    token = connection.cookies.get(COOKIE)
    if not token or not connection.scope["path"].startswith(f"{PATH}/"):
        return None
    burnline = connection.app.state.burnline
    kept = keeper(burnline.store)
    now_ms = _ms(burnline.clock())
    if kept.is_outdated:
        found = await run_in_threadpool(kept.known, token, now_ms=now_ms)
    else:
        found = kept.held(token)
    if found is not None:
        check(found, now_ms=now_ms)
    return found


def leave_cookie(response: Response, token: str, public_url: str | None) -> None:
    """Make a browser that screen, for as long as browsers keep anything; every page makes it longer."""
    secure = (public_url or "").startswith("https:")
    response.set_cookie(COOKIE, token, COOKIE_SECONDS, path=PATH, httponly=True, samesite="lax", secure=secure)


def check(screen: Screen, *, now_ms: int) -> None:
    """Raises Ended when a screen is over."""
    if screen.is_good(now_ms):
        return
    how, code = ("has expired", "expired") if screen.revoked_ms is None else ("was revoked", "revoked")
    sentence = f"This screen's link {how}. Screen: {screen.name}"
    hint = "An admin makes a new one under Settings, Screens."
    raise Ended(sentence, code=f"screen_{code}", hint=hint)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
