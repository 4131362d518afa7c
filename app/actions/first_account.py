"""How an installation that nobody has an account on is let be found: by this machine only, and by one link."""

from app import logs
from app.actions import sessions
from app.config import Settings
from app.domain.errors import AppError
from app.store import people
from app.store import sessions as store_of_tickets
from app.store.engine import Store

log = logs.get("people")


def refuse_strangers(store: Store, settings: Settings) -> None:
    """Raises AppError when others can reach a server that nobody has an account on."""
    if not settings.listens_beyond_this_machine or settings.open:
        return
    with store.reading() as db:
        if people.exist(db):
            return
    here = settings.public_url or settings.host
    raise AppError(
        f"Others than this machine can reach {here}, and nobody has an account here yet.",
        code="account_needed",
        hint="Type first: burnline user create NAME --role admin. "
        "Or start with --open yes, where everybody who can reach it may do everything.",
    )


def invite(store: Store, url: str, *, now_ms: int) -> None:
    """Where there is no account, put a link into the log that makes the first one; links of earlier starts end."""
    with store.writing() as db:
        if people.exist(db):
            return
        store_of_tickets.tear_all(db, sessions.SETUP)
        text = sessions.ticket(db, sessions.SETUP, until_ms=now_ms + sessions.TICKET_MS)
    log.info("nobody_has_an_account", make_the_first_at=f"{url}/setup/{text}", good_for="1 h")
