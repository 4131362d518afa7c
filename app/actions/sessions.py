"""Signing in and out: passwords, the sessions they begin, tickets, and how often may be tried."""

import hashlib
import secrets
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from app.actions import passwords
from app.actions import people as acting
from app.actions.noting import noted
from app.domain.errors import Invalid, TooOften, Unknown
from app.store import people, revisions, sessions
from app.store.audit import Deed
from app.store.engine import Connection, Store
from app.store.people import Person
from app.store.sessions import Session, Ticket

HOUR_MS = 3_600_000
IDLE_MS = 12 * HOUR_MS
LONGEST_MS = 7 * 24 * HOUR_MS
TICKET_MS = HOUR_MS
SETUP, PASSWORD = "setup", "password"
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from."""

    address: str
    agent: str = ""

    @property
    def network(self) -> str:
        """What one person usually has to themselves: an IPv4 address, the /64 of an IPv6 one."""
        try:
            found = ip_address(self.address.partition("%")[0])
        except ValueError:
            return "unknown"
        mapped = getattr(found, "ipv4_mapped", None)
        if found.version == 4 or mapped is not None:
            return str(mapped or found)
        return str(ip_network(f"{found}/64", strict=False))


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries at once, and one more each time so much has passed."""

    tries: int
    each_ms: int

    def left(self, known: tuple[float, int] | None, now_ms: int) -> float:
        if known is None:
            return float(self.tries)
        left, at_ms = known
        return min(float(self.tries), left + max(0, now_ms - at_ms) / self.each_ms)


OF_ACCOUNT = Patience(10, 60_000)
OF_NETWORK = Patience(50, 6_000)
FULL_AFTER_MS = max(one.tries * one.each_ms for one in (OF_ACCOUNT, OF_NETWORK))


def sign_in(store: Store, name: str, password: str, caller: Caller, *, now_ms: int) -> str:
    """The text of a new session. Raises Unknown, and TooOften when it was tried too often.

    Three steps, because hashing takes longer than a transaction should: a try is counted before it is judged.
    """
    who = name.strip().lower()[: acting.LONGEST_SUBJECT]
    keys = {f"account {who} from {caller.network}": OF_ACCOUNT, f"network {caller.network}": OF_NETWORK}
    with store.writing() as db:
        wait_ms = _count(db, keys, now_ms=now_ms)
        found = people.by_name(db, who)
        stored = None if found is None or found.disabled_ms is not None else people.password_of(db, found.id)
    if wait_ms:
        noted(None, Deed(caller.address, "sign_in_throttled", who))
        raise _too_often(wait_ms)
    if not passwords.holds(stored, password) or found is None or stored is None:
        noted(None, Deed(caller.address, "sign_in_refused", who))
        raise Unknown("The name or the password is wrong.", code="sign_in_failed", field="password")
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else None
    with store.writing() as db:
        if renewed is not None:
            people.set_password(db, found.id, renewed)
        for key in keys:
            sessions.clear_attempts(db, key)
        return begin(db, found, caller, now_ms=now_ms)


def spare(store: Store, person: Person, *, now_ms: int) -> None:
    """Count a try at the password of who is signed in already. Raises TooOften."""
    with store.writing() as db:
        wait_ms = _count(db, {f"password of {person.id}": OF_ACCOUNT}, now_ms=now_ms)
    if wait_ms:
        raise _too_often(wait_ms)


def begin(db: Connection, person: Person, caller: Caller, *, now_ms: int) -> str:
    """A new session of somebody who has proved who they are."""
    sessions.forget(db, created_before_ms=now_ms - LONGEST_MS, seen_before_ms=now_ms - IDLE_MS)
    text = secrets.token_urlsafe(32)
    agent = caller.agent[:LONGEST_AGENT]
    sessions.begin(db, digest_of(text), person.id, address=caller.address, agent=agent, now_ms=now_ms)
    people.note_sign_in(db, person.id, now_ms=now_ms)
    noted(db, Deed(person.name, "signed_in", person.name, after=caller.address))
    return text


def sign_out(db: Connection, person: Person, session_id: int, *, by: str) -> None:
    """End one session of theirs."""
    if sessions.end(db, person.id, session_id=session_id):
        noted(db, Deed(by, "signed_out", person.name))


def sign_out_elsewhere(db: Connection, person: Person, but: int) -> None:
    """End every session of theirs but that one."""
    ended = sessions.end(db, person.id, but=but)
    noted(db, Deed(person.name, "signed_out_elsewhere", person.name, after=f"{ended} sessions ended"))


def of_text(db: Connection, text: str, *, now_ms: int) -> tuple[Session, Person] | None:
    """A session that still holds, and whose it is."""
    found = sessions.find(db, digest_of(text))
    if found is None or is_over(found.created_ms, found.seen_ms, now_ms=now_ms):
        return None
    person = people.by_id(db, found.person_id)
    return None if person is None or person.disabled_ms is not None else (found, person)


def is_over(created_ms: int, seen_ms: int, *, now_ms: int) -> bool:
    return now_ms - seen_ms > IDLE_MS or now_ms - created_ms > LONGEST_MS


def ticket(db: Connection, kind: str, *, person_id: int | None = None, body: str = "", until_ms: int) -> str:
    """The text of a new ticket."""
    text = secrets.token_urlsafe(32)
    sessions.issue(db, digest_of(text), Ticket(kind, person_id, body, until_ms))
    return text


def invite(db: Connection, person: Person, *, by: str, until_ms: int) -> str:
    """The text of a ticket to choose the password of an account with. Raises Invalid when it is disabled."""
    if person.disabled_ms is not None:
        text = f"{person.name} is disabled."
        raise Invalid(text, code="account_disabled", hint="Let them in again first.")
    noted(db, Deed(by, "link_made", person.name))
    return ticket(db, PASSWORD, person_id=person.id, until_ms=until_ms)


def shown(db: Connection, kind: str, text: str, *, now_ms: int) -> Ticket:
    """A ticket that is good. Raises Unknown."""
    found = sessions.ticket(db, digest_of(text), kind, now_ms=now_ms)
    if found is None:
        raise _over()
    return found


def used(db: Connection, kind: str, text: str, *, now_ms: int) -> Ticket:
    """The same, and it is good no more. Raises Unknown."""
    found = shown(db, kind, text, now_ms=now_ms)
    if not sessions.tear(db, digest_of(text), now_ms=now_ms):
        raise _over()  # somebody else was quicker
    return found


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _over() -> Unknown:
    hint = "It is good once, and for an hour. Ask for another."
    return Unknown("This link is no longer valid.", code="link_over", hint=hint)


def _too_often(wait_ms: int) -> TooOften:
    seconds = -(-wait_ms // 1000)
    return TooOften(f"Too many tries. There is another in {seconds} s.", retry_after_seconds=seconds)


def _count(db: Connection, keys: dict[str, Patience], *, now_ms: int) -> int:
    """Take a try from each; gives how long to wait when one of them has none, and then takes none."""
    revisions.raised(db, revisions.ATTEMPTS)  # or many at once would all see the last one that is left
    left = {key: patience.left(sessions.attempts(db, key), now_ms) for key, patience in keys.items()}
    waits = [round((1 - left[key]) * patience.each_ms) for key, patience in keys.items() if left[key] < 1]
    if waits:
        return max(1, *waits)
    for key in sorted(keys):
        sessions.note_attempts(db, key, left[key] - 1, now_ms=now_ms, full_before_ms=now_ms - FULL_AFTER_MS)
    return 0
