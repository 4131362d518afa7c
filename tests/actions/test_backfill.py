"""History of SLIs that were made after it: parts are there before what is made of them."""

from decimal import Decimal

import pytest

from app.actions import slos
from app.actions.backfill import Backfill
from app.domain.json_values import Fields
from app.domain.signals import MINUTE_MS
from app.domain.slis import KINDS
from app.domain.slo_fields import Draft
from app.store import sli_rollups
from app.store.slos import Edit
from tests.databases import Databases
from tests.pipeline import DAY_MS, NOW_MS, One, Pipeline, counter

FIRST = NOW_MS // MINUTE_MS - 40


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_composite_has_the_history_of_its_parts_whenever_each_was_made(database: str, databases: Databases) -> None:
    """Each of them a second after the other, as people do."""
    pipeline = Pipeline(databases.empty(database))
    told = [One(counter(code), (FIRST + k) * MINUTE_MS, 9.0 * k) for code in ("200", "500") for k in range(30)]
    pipeline.send(told)
    pipeline.sealer.seal(now_ms=NOW_MS)
    one: Fields = {"bad": 'requests_total{code="500"}', "total": "requests_total"}
    other: Fields = {"good": 'requests_total{code="200"}', "total": "requests_total"}
    numbers: list[int] = []
    for at, (kind, fields) in enumerate([("ratio", one), ("ratio", other), ("composite", {})]):
        parts: Fields = {"rule": "all_of", "of": [{"sli": number} for number in numbers]}
        indicator = KINDS[kind](parts if kind == "composite" else fields, field="indicator.fields")
        draft = Draft(f"slo-{at}", "one", "shop", indicator, Decimal("0.99"))
        with pipeline.store.writing() as db:
            numbers.append(slos.create(db, draft, Edit("test", "api"), now_ms=NOW_MS + 1_000 * at).sli_id)
    backfill = Backfill(pipeline.store, keep_lead=lambda _: None, minutes_kept_ms=35 * DAY_MS)
    while backfill.step(now_ms=NOW_MS + 9_000):
        pass
    with pipeline.store.reading() as db:
        found = [sli_rollups.minutes(db, number, first=FIRST, end=FIRST + 60) for number in numbers]
    pipeline.close()
    assert [(len(it), it.bad.sum() / 1e6, it.total.sum() / 1e6) for it in found] == [
        (29, 261, 522),
        (29, 261, 522),
        (29, 29, 29),
    ]
