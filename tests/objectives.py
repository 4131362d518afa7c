"""Objectives for tests of the spine: of the metrics that `tests.pipeline` sends."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.selectors import Match, Matcher, MetricSelector
from app.domain.slis import Indicator
from app.domain.slis.ratio import Ratio
from app.domain.slos import Alerting, Budgeting, BurnPair, Deploys, Health, Rule, Severity, Slo
from app.domain.windows import Rolling, Window
from app.store import services, slos
from app.store.engine import Connection
from app.store.slos import Edit

FORM = Edit("ada", "form", "a promise")
DAY = 1_440
PAIR = BurnPair("1h/5m", Severity.PAGE, 60, 5, Decimal("14.4"))
POLICY = {Health.EXHAUSTED: Rule(Decimal(0), ("Only fixes go out.",), Deploys.BLOCK)}


def failures(metric: str = "requests_total", *, job: str = "", code: str = "500") -> Ratio:
    """Failed requests of all requests."""
    of_job = (Matcher("job", Match.IS, job),) if job else ()
    failed = MetricSelector(metric, (*of_job, Matcher("code", Match.IS, code)))
    return Ratio(bad=failed, total=MetricSelector(metric, of_job))


def objective(
    indicator: Indicator, *, slug: str = "shop-availability", window: Window | None = None, service: str = "shop"
) -> Slo:
    """99.9 % over 30 days, not stored yet."""
    return Slo(
        id=0,
        slug=slug,
        name="Availability",
        service=service,
        service_id=0,
        sli_id=0,
        indicator=indicator,
        target=Decimal("0.999"),
        window=window or Rolling(30 * DAY),
        budgeting=Budgeting(),
        alerting=Alerting((PAIR,)),
        policy=POLICY,
    )


def stored(db: Connection, slo: Slo, *, now_ms: int, wanted_ms: int | None = None) -> Slo:
    """The objective, its indicator and its service created or changed."""
    service_id = services.ensure(db, [(slo.service, "")], now_ms=now_ms)[slo.service, ""]
    days = slo.window.minutes if isinstance(slo.window, Rolling) else 400 * DAY
    since_ms = now_ms - days * 60_000 if wanted_ms is None else wanted_ms
    sli_id = slos.sli_for(db, slo.indicator, service_id=service_id, wanted_ms=since_ms, now_ms=now_ms)
    have = slos.by_slug(db, slo.slug)
    slo_id = have.id if have is not None else slo.id
    return slos.save(db, replace(slo, id=slo_id, service_id=service_id, sli_id=sli_id), FORM, now_ms=now_ms)


def all_stored(db: Connection, many: Sequence[Slo], *, now_ms: int) -> list[Slo]:
    return [stored(db, one, now_ms=now_ms) for one in many]
