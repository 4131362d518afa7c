"""Objectives as flat JSON rows and as the object of one: the fields that `slo_models` describes."""

from app.domain import agreements, slo_fields
from app.domain.ageing import Leaving
from app.domain.slo_settings import plain
from app.domain.slos import Slo
from app.domain.sums import PairNow, SloNow
from app.reports import slo_words
from app.reports.slo_explained import Explained
from app.reports.slos import SloRow
from app.web import times

Row = dict[str, object]


def row(one: SloRow) -> Row:
    """One objective as it is now."""
    slo, now = one.slo, one.now
    fast = now.pairs[0].long if now.pairs else None
    slow = now.pairs[1].long if len(now.pairs) > 1 else None
    return {
        "slo": slo.slug,
        "name": slo.name,
        "service": slo.service,
        "kind": slo.indicator.kind,
        "description": slo.description,
        "owner": slo.owner,
        "target": float(slo.target),
        "window": one.window_text,
        "method": slo.budgeting.method.value,
        "state": one.state.value,
        "health": now.health.value,
        "reason": now.reason,
        "compliance": now.compliance,
        "budget_left": now.budget_left,
        "budget_left_events": now.budget_left_events,
        "budget_left_seconds": now.budget_left_seconds,
        "budget_events": now.budget_events,
        "bad_events": now.window.bad,
        "total_events": now.window.total,
        "burn_fast": None if fast is None else fast.rate,
        "burn_fast_minutes": None if fast is None else fast.minutes,
        "burn_slow": None if slow is None else slow.rate,
        "burn_slow_minutes": None if slow is None else slow.minutes,
        "firing": " ".join(pair.name for pair in now.pairs if pair.state == "firing"),
        "exhausted_at": time(now.exhaustion.at_ms),
        "exhausted_earliest": time(now.exhaustion.earliest_ms),
        "exhausted_latest": time(now.exhaustion.latest_ms),
        "coverage": now.coverage,
        "excluded_seconds": now.excluded_seconds,
        "backfilled": now.backfilled,
        "newest": time(now.newest_known_ms),
        "since": time(now.window.start_ms),
        "until": time(now.window.end_ms),
    }


def definition(slo: Slo) -> Row:
    """What was asked for, as it can be sent again."""
    fields = slo_fields.write(slo)
    indicator = {"kind": slo.indicator.kind, "sentence": slo.indicator.sentence(), "fields": slo.indicator.fields()}
    return {**fields, "indicator": indicator}


def pairs(slo: Slo, now: SloNow) -> list[Row]:
    return [_pair(one, slo) for one in now.pairs]


def _pair(one: PairNow, slo: Slo) -> Row:
    return {
        "name": one.name,
        "severity": one.severity,
        "factor": one.factor,
        "long_minutes": one.long.minutes,
        "long_burn": one.long.rate,
        "short_minutes": one.short.minutes,
        "short_burn": one.short.rate,
        "state": one.state,
        "since": time(one.since_ms),
        "next_failure_burn": next_failure_burn(one, slo),
        "meaning": slo_words.meaning(one.long.rate, slo.window),
    }


def next_failure_burn(one: PairNow, slo: Slo) -> float | None:
    """The burn of the long window after one more bad event: what tells how nervous a policy is at low traffic."""
    if one.long.total <= 0:
        return None
    return (one.long.bad + 1) / (one.long.total + 1) / float(slo.allowed)


def agreement(slo: Slo, now: SloNow) -> Row:
    """Where compliance stands on the credit steps; `headroom` in bad events before the next one."""
    found = agreements.standing(now.window.bad, now.window.total, slo.credits)
    return {
        "credit": plain(found.credit) if found.credit else "0",
        "next_below": None if found.next is None else plain(found.next.below),
        "next_credit": None if found.next is None else plain(found.next.credit),
        "headroom": found.headroom,
    }


def time(at_ms: int | None) -> str | None:
    return None if at_ms is None else times.iso(at_ms)


def explained(of: Explained) -> Row:
    return {
        "formula": of.formula,
        "operands": [{"name": one.name, "value": one.value, "unit": one.unit} for one in of.operands],
        "silence": of.silence,
        "series": [
            {"field": one.field, "selector": one.selector, "number": one.number, "examples": list(one.examples)}
            for one in of.series
        ],
        "doubts": list(of.doubts),
        "gaps": [{"start": time(one.start_ms), "end": time(one.end_ms)} for one in of.gaps],
        "gaps_left_out": of.gaps_left_out,
        "exclusions": [
            {
                "entry": one.entry_id,
                "start": time(one.start_ms),
                "end": time(one.end_ms),
                "treatment": one.treatment.value,
            }
            for one in of.exclusions
        ],
    }


def leaving(one: Leaving, cause: str) -> Row:
    return {
        "at": time(one.at_ms),
        "share": one.share,
        "bad_events": one.bad_events,
        "start": time(one.start_ms),
        "end": time(one.end_ms),
        "cause": cause,
    }
