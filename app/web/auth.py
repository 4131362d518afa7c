"""Who asks: out of a token, a session, or a header that a trusted proxy sets.

What was looked up is remembered by a digest of what was shown, so that a request costs a look into a dictionary. Every
change of what somebody may do raises one number in the database; each process reads that number every two seconds and
forgets everything when it has grown, so that a revoked token or an ended session is worth nothing within five.

While the database is away the last answers hold: nobody can be shut out through it then either.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from app.actions import sessions, tokens, vouching
from app.config import Settings
from app.domain import people as rules
from app.domain import tokens as texts
from app.domain.errors import Forbidden, Unavailable, Unknown
from app.domain.people import LOCAL, Actor, Kind, Scope
from app.domain.tokens import TokenText
from app.store import owners, people, revisions
from app.store import sessions as session_store
from app.store import tokens as token_store
from app.store.engine import Store
from app.web import callers
from app.web.needs import Need

HOUR_MS = 3_600_000
CHECK_SECONDS = 2.0
AWAY_SECONDS = 600.0  # how long remembered answers hold while the database cannot be asked
SEEN_EVERY_MS = 600_000
MOST_REMEMBERED = 20_000
PROXY = "proxy"  # the issuer of whom a proxy names
UNKNOWN = -1
KEY_HEADERS = (b"x-api-key", b"api-key", b"dd-api-key")


@dataclass(slots=True)
class Remembered:
    """What was found for something shown; `actor` None: it does not hold. `until_ms` is when that may change."""

    actor: Actor | None
    until_ms: float
    noted_ms: int = 0  # of tokens the hour, of sessions the time of the last use on record


class Doorkeeper:
    """Belongs to the event loop's thread; asks the database in others."""

    def __init__(self, store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self.everybody_is_local = False  # the demo's visitors need no account
        self._anonymous = rules.anonymous(settings.anonymous)
        self._remembered: dict[bytes, Remembered] = {}
        self._revision = UNKNOWN
        self._has_people = False
        self._checked_at = -CHECK_SECONDS
        self._answered_at = monotonic()
        self.is_https = (settings.public_url or "").startswith("https:")
        self.cookie = "__Host-burnline" if self.is_https else "burnline"

    @property
    def has_people(self) -> bool:
        """Whether there is an account, as far as was seen."""
        return self._has_people

    def forget(self) -> None:
        """Ask the database again: something was changed here. Nobody is let in before it has answered."""
        self._revision = UNKNOWN
        self._remembered.clear()

    async def actor_of(self, connection: HTTPConnection) -> Actor:
        """Who asks. Raises Unknown when what they show does not hold, Unavailable when that cannot be told."""
        if self._revision == UNKNOWN or monotonic() - self._checked_at >= CHECK_SECONDS:
            await self._look_for_changes()
        shown = _shown(connection.scope["burnline.headers"])
        if shown is not None:
            found = await self._of_token(shown)
            if found is not None:
                return found
        found = await self._of_proxy(connection)
        if found is not None:
            return found
        cookie = connection.cookies.get(self.cookie)
        if cookie and shown is None:
            found = await self._of_session(cookie)
            if found is not None:
                return found
        return LOCAL if self.everybody_is_local or not self._has_people else self._anonymous

    async def _of_token(self, shown: bytes) -> Actor | None:
        """None for what is no token of ours. Raises Unknown for one that does not hold."""
        digest = hashlib.sha256(shown).digest()
        known = self._remembered.get(digest)
        now_ms = self._now_ms()
        if known is None or now_ms >= known.until_ms:
            text = texts.parse(_secret_of(shown))
            if text is None:
                return None
            known = await self._found(digest, partial(self._find_token, text, now_ms))
        if known.actor is None:
            raise Unknown("This token is not valid: it was revoked, has expired, or never was.", code="token_invalid")
        if now_ms - known.noted_ms >= HOUR_MS:
            known.noted_ms = now_ms // HOUR_MS * HOUR_MS
            await run_in_threadpool(self._note_use, _secret_of(shown), known.noted_ms)
        return known.actor

    async def _of_session(self, cookie: str) -> Actor | None:
        digest = b"session" + sessions.digest_of(cookie)
        known = self._remembered.get(digest)
        now_ms = self._now_ms()
        if known is None or now_ms >= known.until_ms:
            known = await self._found(digest, partial(self._find_session, cookie, now_ms))
        if known.actor is not None and now_ms - known.noted_ms >= SEEN_EVERY_MS:
            known.noted_ms = now_ms
            known.until_ms = now_ms + SEEN_EVERY_MS  # the database then tells how long it goes on
            await run_in_threadpool(self._touch, known.actor.session_id, now_ms)
        return known.actor

    async def _of_proxy(self, connection: HTTPConnection) -> Actor | None:
        """Whom a proxy of ours names. From anybody else the header means nothing."""
        settings = self._settings
        if settings.proxy_user_header is None or connection.client is None:
            return None
        user = connection.headers.get(settings.proxy_user_header, "").strip()
        if not user or not callers.is_among(connection.client.host, settings.trusted_proxies):
            return None
        groups = connection.headers.get(settings.proxy_groups_header or "", "")
        digest = b"proxy" + hashlib.sha256(f"{user}\0{groups}".encode("utf-8", "surrogateescape")).digest()
        known = self._remembered.get(digest)
        if known is None or self._now_ms() >= known.until_ms:
            known = await self._found(digest, partial(self._find_vouched, user, groups, self._now_ms()))
        return known.actor

    def _find_vouched(self, user: str, groups: str, now_ms: int) -> Remembered:
        listed = [one.strip() for one in groups.split(",")]
        with self._store.writing() as db:
            person = vouching.vouched(
                db, self._settings, issuer=PROXY, subject=user, name=user, groups=listed, now_ms=now_ms
            )
        actor = rules.person(person.name, person.role, person.teams, person_id=person.id)
        return Remembered(actor, now_ms + HOUR_MS)

    async def _found(self, digest: bytes, find: Callable[[], Remembered]) -> Remembered:
        """What the database says; remembered unless something was changed meanwhile, which it may not know of."""
        before = self._revision
        found = await run_in_threadpool(find)
        if self._revision == before:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = found
        return found

    def _find_token(self, text: TokenText, now_ms: int) -> Remembered:
        with self._store.reading() as db:
            found = tokens.actor(db, text, now_ms=now_ms)
        if found is None:
            return Remembered(None, now_ms + HOUR_MS)
        actor, token = found
        until_ms = float("inf") if token.expires_ms is None else token.expires_ms
        return Remembered(actor, until_ms, token.used_ms or 0)

    def _find_session(self, cookie: str, now_ms: int) -> Remembered:
        with self._store.reading() as db:
            found = sessions.of_text(db, cookie, now_ms=now_ms)
        if found is None:
            return Remembered(None, now_ms + HOUR_MS)
        session, person = found
        actor = rules.person(person.name, person.role, person.teams, person_id=person.id, session_id=session.id)
        until_ms = min(session.created_ms + sessions.LONGEST_MS, session.seen_ms + sessions.IDLE_MS)
        return Remembered(actor, until_ms, session.seen_ms)

    def _note_use(self, text: str, hour_ms: int) -> None:
        token = texts.parse(text)
        if token is not None:
            with suppress(Unavailable), self._store.writing() as db:
                token_store.note_use(db, token.id, hour_ms=hour_ms)

    def _touch(self, session_id: int, now_ms: int) -> None:
        with suppress(Unavailable), self._store.writing() as db:
            session_store.touch(db, session_id, now_ms=now_ms)

    async def _look_for_changes(self) -> None:
        """Raises Unavailable when the database has been away for long."""
        self._checked_at = monotonic()
        try:
            revision, has_people = await run_in_threadpool(self._state)
        except Unavailable:
            if self._revision == UNKNOWN or monotonic() - self._answered_at > AWAY_SECONDS:
                self._checked_at = -CHECK_SECONDS
                raise
            return
        self._answered_at = monotonic()
        if revision != self._revision:
            self._remembered.clear()
        self._revision, self._has_people = revision, has_people

    def _state(self) -> tuple[int, bool]:
        with self._store.reading() as db:
            return revisions.read(db, revisions.PEOPLE), people.exist(db)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def authorize(actor: Actor, need: Need, *, owner: str = "", opens: str = "") -> None:
    """The one question; `opens` is the need's word for this very page.

    Raises Unknown when signing in could help, Forbidden when it could not.
    """
    if need.person and actor.kind not in (Kind.PERSON, Kind.LOCAL):
        _refuse(actor, "This is for people: sign in.", "A token has no account of its own.")
    if need.scope is None or (opens and opens in actor.extras):
        return
    if not rules.may(actor, need.scope, owner=owner):
        _refuse(actor, *_lacking(actor, need.scope, owner))


def _refuse(actor: Actor, sentence: str, hint: str) -> None:
    if actor.is_known:
        raise Forbidden(sentence, code="forbidden", hint=hint)
    raise Unknown(sentence, code="sign_in_needed", hint=hint)


def _lacking(actor: Actor, scope: Scope, owner: str) -> tuple[str, str]:
    if not actor.is_known:
        if scope is Scope.INGEST:
            return "Sending samples takes a token with the scope ingest.", "Send it as Authorization: Bearer bl_..."
        hint = f"Programs send a token with the scope {scope.value}: Authorization: Bearer bl_..."
        return "This takes signing in.", hint
    if scope in actor.scopes:
        whose = "to everybody" if owner == owners.EVERYBODYS else f"to the team {owner}, which is not yours"
        return f"This belongs {whose}.", "Somebody who answers for it may change it, or an admin."
    if actor.kind is Kind.TOKEN or scope is Scope.INGEST:
        return f"This takes a token with the scope {scope.value}.", f"This is {actor.name}."
    role = rules.ROLE_FOR[scope].value
    return f"This takes the role {role}.", f"You are signed in as {actor.name}. An admin can change your role."


def _shown(headers: dict[bytes, bytes]) -> bytes | None:
    """What a program shows to say who it is, in whichever header its maker put it."""
    found = headers.get(b"authorization")
    if found is not None:
        return found
    for name in KEY_HEADERS:
        if name in headers:
            return headers[name]
    return None


def _secret_of(shown: bytes) -> str:
    """The token in a header's value: bare, after Bearer and its like, or as the password of Basic."""
    scheme, blank, rest = shown.decode("latin-1").strip().partition(" ")
    if not blank:
        return scheme
    if scheme.lower() != "basic":
        return rest.strip()
    try:
        return base64.b64decode(rest.strip(), validate=True).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
