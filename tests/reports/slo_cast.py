"""Objectives for tests of what people see: every health there is, from literal counts, on a board of sums.

checkout-availability    99.9 % over 30 d: 4 212 of 35 100 left, both pages fire     at risk
payments-availability    99.9 % over 30 d: 800 more than the budget                  exhausted
search-latency           99 % over 30 d: 20 000 of 50 000 left                       watch
catalog-availability     99.9 % over 30 d: 19 200 of 20 000 left                     healthy
mailer-freshness         99 % of 1-minute slices over 7 d: 80.8 of 100.8 min left    healthy
inventory-availability   99.5 % of a calendar month in Berlin: 4 000 of 5 000 left   healthy
quiet-availability       watched, and nobody came                                    no data
legacy-cart-availability silent for three days                                       no data
orders-availability      never seen, history read: 40 %                              no data
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import numpy as np
import sqlalchemy as sa

from app.domain.errors import Missing
from app.domain.ledger import NO_EFFECTS, Effects, Exclusion, Treatment
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes
from app.domain.slo_board import SloBoard
from app.domain.slos import (
    Alerting,
    Budgeting,
    BurnPair,
    CreditStep,
    Deploys,
    Health,
    Method,
    Rule,
    Severity,
    Slo,
)
from app.domain.sums import Sums
from app.domain.windows import Calendar, Rolling, Unit, Window
from app.store import slo_schema
from tests.reports import cast
from tests.reports.slo_told import Told

UNTIL = (cast.NOW_MS - 15_000) // MINUTE_MS
UNTIL_MS = UNTIL * MINUTE_MS
DAY = 1_440
COLUMNS = 9
FIRST = 101  # the number of the first; those that tests store begin at 1
MONTH = Rolling(30 * DAY)

PAIRS = (
    BurnPair("page-fast", Severity.PAGE, 60, 5, Decimal("14.4")),
    BurnPair("page-slow", Severity.PAGE, 360, 30, Decimal(6)),
    BurnPair("ticket-fast", Severity.TICKET, 1_440, 120, Decimal(3)),
    BurnPair("ticket-slow", Severity.TICKET, 4_320, 360, Decimal(1)),
)
POLICY = {
    Health.EXHAUSTED: Rule(Decimal(0), ("Only fixes are deployed",), Deploys.BLOCK),
    Health.AT_RISK: Rule(Decimal("0.25"), ("Two reviews a deploy",), Deploys.WARN),
    Health.WATCH: Rule(Decimal("0.5"), (), Deploys.ALLOW),
    Health.NO_DATA: Rule(None, (), Deploys.WARN),
    Health.HEALTHY: Rule(None, (), Deploys.ALLOW),
}


@dataclass(frozen=True)
class Counts:
    """One window: bad and total events."""

    bad: float
    total: float


NONE = Counts(0, 0)


@dataclass(frozen=True)
class Role:
    """One objective and what its windows hold: the compliance window, then long and short of each pair."""

    slug: str
    target: str
    windows: tuple[Counts, ...]
    health: Health
    window: Window = MONTH
    budgeting: Budgeting = field(default_factory=Budgeting)
    known: float = 1.0
    newest: int = UNTIL - 1
    backfilled: float = 1.0
    firing: tuple[str, ...] = ()
    effects: Effects = NO_EFFECTS
    credits: tuple[CreditStep, ...] = ()
    owner: str = "shop"
    words: str = "responses that are no server error"

    @property
    def service(self) -> str:
        return self.slug.rsplit("-", 1)[0]

    @property
    def minutes(self) -> int:
        if isinstance(self.window, Rolling):
            return self.window.minutes
        return UNTIL - MONTH_STARTS


MONTH_STARTS = 1_793_487_600_000 // MINUTE_MS  # 2026-11-01 00:00 in Berlin, an hour before it is so in UTC
MAINTENANCE = Exclusion(1, UNTIL - 11 * DAY, UNTIL - 11 * DAY + 40, Treatment.REMOVED)


def calm(share: float, *, requests: float) -> tuple[Counts, ...]:
    """The pairs' windows while that share fails all the time, at so many requests a minute."""
    lengths = [one for pair in PAIRS for one in (pair.long_minutes, pair.short_minutes)]
    return tuple(Counts(share * requests * length, requests * length) for length in lengths)


ROLES = (
    Role(
        "checkout-availability",
        "0.999",
        (
            Counts(30_888, 35_100_000),
            *(Counts(730, 50_000), Counts(60, 4_000)),
            *(Counts(1_830, 300_000), Counts(170, 25_000)),
            *(Counts(2_160, 1_200_000), Counts(1_000, 100_000)),
            *(Counts(4_680, 3_600_000), Counts(1_830, 300_000)),
        ),
        Health.AT_RISK,
        firing=("page-fast", "page-slow", "ticket-slow"),
        effects=Effects(exclusions=(MAINTENANCE,)),
        owner="payments",
        credits=(CreditStep(Decimal("0.999"), Decimal("0.1")), CreditStep(Decimal("0.99"), Decimal("0.25"))),
    ),
    Role("payments-availability", "0.999", (Counts(10_800, 10_000_000), *calm(0.0005, requests=230)), Health.EXHAUSTED),
    Role(
        "search-latency",
        "0.99",
        (Counts(30_000, 5_000_000), *calm(0.002, requests=115)),
        Health.WATCH,
        words="responses within 250 ms",
    ),
    Role("catalog-availability", "0.999", (Counts(800, 20_000_000), *calm(0.00004, requests=460)), Health.HEALTHY),
    Role(
        "mailer-freshness",
        "0.99",
        (Counts(20, 10_080), *calm(0.002, requests=1)),
        Health.HEALTHY,
        window=Rolling(7 * DAY),
        budgeting=Budgeting(Method.TIME_SLICES, 1, Decimal(1)),
        words="minutes in which a mail left within 10 min",
    ),
    Role(
        "inventory-availability",
        "0.995",
        (Counts(1_000, 1_000_000), *calm(0.001, requests=31)),
        Health.HEALTHY,
        window=Calendar(Unit.MONTH, datetime(2026, 1, 1), "Europe/Berlin"),  # noqa: DTZ001  # wall-clock time
    ),
    Role("quiet-availability", "0.999", (NONE,) * COLUMNS, Health.NO_DATA),
    Role(
        "legacy-cart-availability",
        "0.999",
        (Counts(2_700, 9_000_000), *(NONE,) * 8),
        Health.NO_DATA,
        known=0.9,
        newest=UNTIL - 3 * DAY,
    ),
    Role("orders-availability", "0.999", (NONE,) * COLUMNS, Health.NO_DATA, known=0.0, newest=-1, backfilled=0.4),
)


class SloCast(SloBoard):
    """A board that holds what it is told."""

    def __init__(self, roles: tuple[Role, ...] = ROLES) -> None:
        super().__init__()
        self.version = 1
        self.roles = dict(enumerate(roles, start=FIRST))
        self.made = {number: slo_of(number, one) for number, one in self.roles.items()}

    @property
    def until_minute(self) -> int:
        return UNTIL

    def slos(self) -> list[Slo]:
        return sorted(self.made.values(), key=lambda one: one.slug)

    def find(self, slug: str) -> Slo:
        for one in self.made.values():
            if one.slug == slug:
                return one
        raise Missing(f"There is no objective {slug}.", code="slo_unknown", field="slo")

    def sums(self, slo_ids: Sequence[int] | None = None) -> Sums:
        ids = sorted(self.made) if slo_ids is None else list(slo_ids)
        roles = [self.roles[one] for one in ids]
        lengths = [one for pair in PAIRS for one in (pair.long_minutes, pair.short_minutes)]
        minutes = np.array([[one.minutes, *lengths] for one in roles], dtype=np.int64).reshape(-1, COLUMNS)
        known = np.array([[one.known] for one in roles]).reshape(-1, 1)
        return Sums(
            until_minute=self.until_minute,
            slo_ids=np.array(ids, dtype=np.int64),
            window_minutes=minutes,
            bad=self._column(roles, "bad"),
            total=self._column(roles, "total"),
            known_ms=np.rint(minutes * known * MINUTE_MS).astype(np.int64),
            newest_known=np.array([one.newest for one in roles], dtype=np.int64),
        )

    def stamps(self, slos: Sequence[Slo]) -> list[object]:
        return [self.roles.get(one.id) for one in slos]

    def hour(self, slo_ids: Sequence[int] | None = None) -> tuple[Ints, Ints]:
        ids = sorted(self.made) if slo_ids is None else slo_ids
        total = [round(self.roles[one].windows[1].total * EVENT) for one in ids]
        known = [round(self.roles[one].known * 60 * MINUTE_MS) for one in ids]
        return np.array(total, dtype=np.int64), np.array(known, dtype=np.int64)

    def effects(self, slo_id: int) -> Effects:
        return self.roles[slo_id].effects if slo_id in self.roles else NO_EFFECTS

    def newest(self, sli_id: int) -> SliMinutes:
        return no_minutes()

    def backfilled(self, slo_id: int) -> float:
        return self.roles[slo_id].backfilled

    @staticmethod
    def _column(roles: Sequence[Role], name: str) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        found = [[round(getattr(window, name) * EVENT) for window in one.windows] for one in roles]
        return np.array(found, dtype=np.int64).reshape(-1, COLUMNS)


def slo_of(number: int, role: Role) -> Slo:
    """The definition; its minutes are stored under its own number."""
    return Slo(
        id=number,
        slug=role.slug,
        name=role.slug.replace("-", " ").capitalize(),
        service=role.service,
        service_id=number,
        sli_id=number,
        indicator=Told(role.words),
        target=Decimal(role.target),
        window=role.window,
        budgeting=role.budgeting,
        alerting=Alerting(PAIRS),
        policy=POLICY,
        credits=role.credits,
        owner=role.owner,
        revision=1,
    )


def open_alerts(db: sa.Connection, roles: tuple[Role, ...] = ROLES) -> None:
    """Let the policies fire that do, since 18 minutes."""
    for number, role in enumerate(roles, start=FIRST):
        for name in role.firing:
            pair = next(one for one in PAIRS if one.name == name)
            db.execute(
                slo_schema.burn_alerts.insert().values(
                    slo_id=number,
                    pair=name,
                    severity=pair.severity,
                    factor=float(pair.factor),
                    since_ms=UNTIL_MS - 18 * MINUTE_MS,
                    fired_ms=UNTIL_MS - 18 * MINUTE_MS,
                    long_burn=float(pair.factor),
                    short_burn=float(pair.factor),
                    budget_left=0.2,
                    ended="",
                )
            )
