from concurrent.futures import ThreadPoolExecutor

from app.domain.counters import SECONDS_BOUNDS, Counters


def test_a_number_nobody_counted_is_zero() -> None:
    assert Counters().value("refused_total", reason="label_nul") == 0


def test_numbers_are_kept_apart_by_labels_in_any_order() -> None:
    counters = Counters()
    counters.add("refused_total", 2, source="otlp", reason="label_nul")
    counters.add("refused_total", 3, reason="label_nul", source="otlp")
    counters.add("refused_total", reason="label_nul", source="text")
    assert counters.value("refused_total", reason="label_nul", source="otlp") == 5
    assert counters.value("refused_total", reason="label_nul", source="text") == 1


def test_a_put_number_is_the_last_one() -> None:
    counters = Counters()
    counters.put("queue", 7)
    counters.put("queue", 4)
    assert dict(counters.numbers()) == {"queue": {(): 4.0}}


def test_a_measured_number_is_asked_for_when_read_and_left_out_when_unknown() -> None:
    counters = Counters()
    lengths = iter([3.0, None, 4.0])
    counters.measure("queue", lambda: next(lengths))
    assert dict(counters.numbers()) == {"queue": {(): 3.0}}
    assert dict(counters.numbers()) == {}
    assert counters.ask("queue") == 4.0
    assert counters.ask("another") is None


def test_a_duration_on_a_bound_belongs_to_that_bound() -> None:
    counters = Counters()
    for seconds in (0.001, 0.0011, 99.0):
        counters.observe("seconds", seconds)
    spread = dict(counters.spreads())["seconds"][()]
    assert spread.counts[0] == 1
    assert spread.counts[1] == 1
    assert spread.counts[len(SECONDS_BOUNDS)] == 1
    assert spread.seconds == 0.001 + 0.0011 + 99.0


def test_no_count_is_lost_between_threads() -> None:
    counters = Counters()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counters.add("hits_total"), range(8_000)))
    assert counters.value("hits_total") == 8_000
