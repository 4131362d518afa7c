"""Objectives on their board, from samples on: live, sealed, late, backfilled."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from app.domain.selectors import Match, Matcher, MetricSelector
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slis.composite import Composite, Rule
from app.domain.slis.kind import Member
from app.domain.slis.ratio import Ratio
from app.domain.slos import Slo
from app.domain.windows import Rolling
from app.store import sli_rollups, slos
from tests.databases import Databases
from tests.objectives import DAY, failures, objective
from tests.pipeline import NOW_MS, One, Pipeline, counter

MINUTE_MS = 60_000
NOW = NOW_MS // MINUTE_MS  # a whole minute: up to here minutes are over
HOUR = Rolling(60)


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)), now_ms=NOW_MS + 20_000)
    yield made
    made.close()


def traffic(first: int, end: int, *, bad: Sequence[int] = (), job: str = "shop") -> list[One]:
    """Ten requests in each minute [first, end), three of them failed in the bad ones; counters tell at second 30."""
    good, failed, found = 0, 0, []
    for minute in range(first - 1, end):
        if minute >= first:
            failed += 3 if minute in bad else 0
            good += 7 if minute in bad else 10
        for code, value in (("200", good), ("500", failed)):
            found.append(One(counter(code, job=job), minute * MINUTE_MS + 30_000, float(value)))
    return found


def rows(of: SliMinutes) -> list[tuple[int, float, float, float]]:
    columns = (of.minute, of.bad / EVENT, of.total / EVENT, of.known_ms / 1_000)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def round_of(pipeline: Pipeline) -> None:
    """One round of a follower that has been stopped."""
    pipeline.follower._round()


def window(pipeline: Pipeline, slo: Slo) -> tuple[float, float, float]:
    """Bad, total and known seconds of the compliance window."""
    sums = pipeline.slos.sums([slo.id])
    return (sums.bad[0, 0] / EVENT, sums.total[0, 0] / EVENT, sums.known_ms[0, 0] / 1_000)


def in_table(
    pipeline: Pipeline, slo: Slo, *, first: int = NOW - 120, end: int = NOW
) -> list[tuple[int, float, float, float]]:
    with pipeline.store.reading() as db:
        return rows(sli_rollups.minutes(db, slo.sli_id, first=first, end=end))


def test_samples_are_on_the_board_before_they_are_sealed(pipeline: Pipeline) -> None:
    """Sixty minutes of ten requests, three minutes with three failures each."""
    pipeline.send(traffic(NOW - 80, NOW, bad=[NOW - 5, NOW - 4, NOW - 60, NOW - 61]))
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    pipeline.follow()
    assert pipeline.slos.until_minute == NOW
    assert window(pipeline, slo) == (9, 600, 3_600)
    assert in_table(pipeline, slo) == []


def test_a_live_minute_and_the_sealed_one_are_the_same(pipeline: Pipeline) -> None:
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    pipeline.send(traffic(NOW - 30, NOW, bad=[NOW - 7]))
    pipeline.follow()
    live = rows(pipeline.slos.newest(slo.sli_id))
    assert live == [(NOW - 30 + k, 3.0 if k == 23 else 0.0, 10.0, 60.0) for k in range(30)]
    pipeline.sealer.seal(now_ms=NOW_MS + 60_000, lag_ms=0)
    assert in_table(pipeline, slo) == live


def test_sealing_changes_no_number_on_the_board(pipeline: Pipeline) -> None:
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    pipeline.send(traffic(NOW - 50, NOW, bad=[NOW - 7]))
    pipeline.follow()
    before = window(pipeline, slo)
    pipeline.sealer.seal(now_ms=NOW_MS + 60_000, lag_ms=5 * MINUTE_MS)
    pipeline.crash()
    pipeline.follow()
    assert window(pipeline, slo) == before == (3, 500, 3_000)


def test_an_objective_that_is_defined_while_samples_come_counts_what_waits_in_the_journal(pipeline: Pipeline) -> None:
    pipeline.send(traffic(NOW - 40, NOW, bad=[NOW - 7]))
    pipeline.sealer.seal(now_ms=NOW_MS - 20 * MINUTE_MS, lag_ms=0)
    pipeline.follow()
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    round_of(pipeline)
    assert window(pipeline, slo) == (3, 200, 1_200)  # what is not sealed; the rest is to be filled in
    pipeline.fill()
    round_of(pipeline)
    assert window(pipeline, slo) == (3, 400, 2_400)
    assert pipeline.slos.backfilled(slo.id) == 1.0


def test_a_late_sample_changes_ring_and_table_alike(pipeline: Pipeline) -> None:
    """A counter that told nothing for four minutes spreads its growth; the late sample says when it came."""
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    late = traffic(NOW - 40, NOW, bad=[NOW - 20])
    missing = [one for one in late if NOW - 22 <= one.at_ms // MINUTE_MS <= NOW - 20]
    pipeline.send([one for one in late if one not in missing])
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    pipeline.follow()
    assert in_table(pipeline, slo, first=NOW - 41)[19][1] == pytest.approx(0.75)  # of three, over four minutes
    pipeline.send(missing)
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    round_of(pipeline)
    expected = [(minute, 3.0 if minute == NOW - 20 else 0.0, 10.0, 60.0) for minute in range(NOW - 40, NOW)]
    assert in_table(pipeline, slo) == expected
    assert window(pipeline, slo) == (3, 400, 2_400)
    pipeline.define(replace(slo, window=Rolling(21)))
    round_of(pipeline)
    assert window(pipeline, slo) == (3, 210, 1_260)
    pipeline.define(replace(slo, window=Rolling(19)))
    round_of(pipeline)
    assert window(pipeline, slo) == (0, 190, 1_140)


def test_history_is_filled_in_as_if_it_had_been_sealed_for(pipeline: Pipeline, databases: Databases) -> None:
    """Three days, made before and after their samples were sealed: the same rows."""
    samples = traffic(NOW - 3 * DAY, NOW, bad=range(NOW - 2 * DAY, NOW - 2 * DAY + 90))[::1]
    pipeline.send(samples)
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    (slo,) = pipeline.define(objective(failures(), window=Rolling(7 * DAY)))
    pipeline.follow()
    assert window(pipeline, slo) == (0, 0, 0)
    pipeline.fill()
    round_of(pipeline)
    assert window(pipeline, slo) == (270, 3 * DAY * 10, 3 * DAY * 60)
    early = Pipeline(databases.empty("sqlite"), now_ms=pipeline.now_ms)
    (same,) = early.define(objective(failures(), window=Rolling(7 * DAY)))
    early.send(samples)
    early.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    span = {"first": NOW - 3 * DAY - 60, "end": NOW}
    assert in_table(pipeline, slo, **span) == in_table(early, same, **span)
    early.close()


def test_series_of_no_service_and_of_two_services_measure_one_objective(pipeline: Pipeline) -> None:
    """`visits_total` is of no recipe; requests of two services count together."""
    both = Ratio(
        bad=MetricSelector("requests_total", (Matcher("code", Match.IS, "500"),)),
        total=MetricSelector("requests_total"),
    )
    visits = Ratio(
        bad=MetricSelector("visits_total", (Matcher("code", Match.IS, "500"),)), total=MetricSelector("visits_total")
    )
    two, none = pipeline.define(objective(both, slug="two", window=HOUR), objective(visits, slug="none", window=HOUR))
    shop, bank = (traffic(NOW - 20, NOW, bad=[NOW - 9], job=job) for job in ("shop", "bank"))
    pipeline.send([*shop, *bank])
    pipeline.send([replace(one, key=replace(one.key, metric="visits_total")) for one in shop])
    pipeline.follow()
    live = [window(pipeline, one) for one in (two, none)]
    assert live == [(6, 400, 1_200), (3, 200, 1_200)]
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert sum(row[2] for row in in_table(pipeline, two)) == 400
    assert sum(row[2] for row in in_table(pipeline, none)) == 200
    pipeline.crash()
    pipeline.follow()
    assert [window(pipeline, one) for one in (two, none)] == live


def test_a_composite_is_counted_from_its_parts_live_sealed_and_filled_in(pipeline: Pipeline) -> None:
    """Good while both parts are: of thirty minutes one is bad for each part, two together."""
    shop, bank = pipeline.define(
        objective(failures(job="shop"), slug="a", window=HOUR), objective(failures(job="bank"), slug="b", window=HOUR)
    )
    whole = Composite(Rule.ALL_OF, tuple(Member(one.sli_id, 1.0, 0.9) for one in (shop, bank)))
    (live,) = pipeline.define(objective(whole, slug="all", window=HOUR))
    for job, bad in (("shop", NOW - 9), ("bank", NOW - 4)):
        pipeline.send(traffic(NOW - 30, NOW, bad=[bad], job=job))
    pipeline.follow()
    assert window(pipeline, live) == (2, 30, 1_800)
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert [row[0] for row in in_table(pipeline, live) if row[1]] == [NOW - 9, NOW - 4]
    either = Composite(Rule.WEIGHTED, tuple(Member(one.sli_id, 1.0, 0.9) for one in (shop, bank)))
    (filled,) = pipeline.define(objective(either, slug="weighted", window=HOUR))
    pipeline.fill()
    pipeline.crash()
    pipeline.follow()
    assert window(pipeline, live) == (2, 30, 1_800)
    # In each bad minute one part of two is bad in 3 of its 10 requests.
    assert window(pipeline, filled) == pytest.approx((2 * 0.15, 30, 1_800))


def test_an_objective_that_is_archived_leaves_the_board_and_its_minutes_stay(pipeline: Pipeline) -> None:
    (slo,) = pipeline.define(objective(failures(), window=HOUR))
    pipeline.send(traffic(NOW - 20, NOW))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    pipeline.follow()
    with pipeline.store.writing() as db:
        slos.archive(db, slo, slos.Edit("ada", "form"), now_ms=NOW_MS)
    round_of(pipeline)
    assert pipeline.slos.slos() == []
    assert len(in_table(pipeline, slo)) == 20


def test_two_processes_see_one_definition(databases: Databases) -> None:
    url = databases.empty("postgresql")
    one, other = Pipeline(url, now_ms=NOW_MS + 20_000), Pipeline(url, now_ms=NOW_MS + 20_000)
    one.send(traffic(NOW - 20, NOW, bad=[NOW - 3]))
    for process in (one, other):
        process.follow()
    (slo,) = one.define(objective(failures(), window=HOUR))
    for process in (one, other):
        round_of(process)
        assert window(process, slo) == (3, 200, 1_200)
        assert [found.slug for found in process.slos.slos()] == [slo.slug]
        process.close()
