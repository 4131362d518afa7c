"""What groups elsewhere mean here: the role and the teams of somebody whom a provider or a proxy vouches for."""

from collections.abc import Iterable

from app.actions import people as acting
from app.actions.people import Voucher
from app.config import Settings
from app.domain import people as rules
from app.domain.errors import Forbidden
from app.domain.people import Role
from app.store.engine import Connection
from app.store.people import Person


def vouched(
    db: Connection, settings: Settings, *, issuer: str, subject: str, name: str, groups: Iterable[str], now_ms: int
) -> Person:
    """Whom they mean, with what their groups give them now. Raises Forbidden when that is nothing."""
    theirs = set(groups)
    role: Role | None = None
    if settings.group_roles:
        mapped = [Role(role) for group, role in settings.group_roles if group in theirs]
        role = max(mapped, key=list(Role).index, default=settings.sign_in_role)
        if role is None:
            hint = "An admin can map one of your groups to a role."
            raise Forbidden("None of your groups has a role here.", code="no_role", hint=hint)
    teams = None
    if settings.group_teams:
        teams = tuple(sorted({rules.team(team) for group, team in settings.group_teams if group in theirs}))
    voucher = Voucher(issuer, subject, name, role, teams)
    return acting.vouched(db, voucher, usual=settings.sign_in_role, now_ms=now_ms)
