"""What every kind of SLI keeps to."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from app.domain.bindings import NO_GROWTH
from app.domain.cells import COUNTER, GAUGE
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Value
from app.domain.selectors import Candidate
from app.domain.series import Shape
from app.domain.slis import KINDS, Indicator
from app.domain.slis.kind import LaneMinutes

DOCS = (Path(__file__).parents[3] / "docs/objectives.md").read_text(encoding="utf-8")
SIGNAL: Fields = {"service": "shop", "source": "http", "roles": ["requests"]}


@dataclass(frozen=True)
class Example:
    """Fields that are right, as short and as whole as they can be; and changes that are wrong, by the field told."""

    right: list[Fields]
    names: tuple[str, ...]
    wrong: list[tuple[Fields, str]] = field(default_factory=list)


EXAMPLES = {
    "ratio": Example(
        [
            {"good": 'requests_total{code!~"5.."}', "total": "requests_total"},
            {"bad": "errors_total", "total": SIGNAL},
            {"good": "hits_total", "bad": 'misses_total{tier="a\\"b"}'},
        ],
        ("good", "bad", "total"),
        [
            ({"total": None}, "total"),
            ({"bad": "errors_total"}, "good"),
            ({"good": "requests_total{code="}, "good"),
            ({"good": 'requests_total{code=~"("}'}, "good"),
            ({"good": 7}, "good"),
            ({"good": {"service": "shop", "source": "http", "roles": ["wishes"]}}, "good.roles"),
            ({"good": {"service": "shop", "source": "http", "roles": []}}, "good.roles"),
            ({"good": {**SIGNAL, "colour": "red"}}, "good.colour"),
        ],
    ),
    "latency": Example(
        [
            {"series": "request_seconds_bucket", "threshold": 0.25},
            {
                "series": SIGNAL,
                "threshold": 2,
                "between": "interpolate",
                "total": "request_seconds_count",
                "bounds": [1, 5],
            },
        ],
        ("series", "threshold", "between", "total"),
        [
            ({"threshold": 0}, "threshold"),
            ({"threshold": -1}, "threshold"),
            ({"threshold": "soon"}, "threshold"),
            ({"threshold": None}, "threshold"),
            ({"between": "above"}, "between"),
            ({"bounds": [5, 1]}, "bounds"),
            ({"bounds": "1"}, "bounds"),
            ({"series": ""}, "series"),
        ],
    ),
    "threshold": Example(
        [
            {"series": "queue_length", "side": "lt", "value": 100},
            {"series": "free_ratio", "side": "gte", "value": 0.1, "across": "sum"},
        ],
        ("series", "side", "value", "across"),
        [({"side": "eq"}, "side"), ({"value": "1e999"}, "value"), ({"across": "median"}, "across")],
    ),
    "freshness": Example(
        [
            {"series": "backup_time_seconds", "tells": "time", "within": 3_600, "every": True},
            {"series": "imports_total", "tells": "count", "within": 86_400},
        ],
        ("series", "tells", "within", "every"),
        [
            ({"within": 90}, "within"),
            ({"within": 0}, "within"),
            ({"within": 8 * 86_400}, "within"),
            ({"tells": "count"}, "every"),
            ({"every": "yes"}, "every"),
            ({"tells": "smell"}, "tells"),
        ],
    ),
    "saturation": Example(
        [
            {
                "series": "disk_used_bytes",
                "tells": "used",
                "limit": "disk_bytes",
                "at_most": 0.9,
                "per": ["pod", "disk"],
            },
            {"series": "pool_ratio", "tells": "ratio", "at_most": 1},
            {"series": "cpu_seconds_total", "tells": "busy", "at_most": "80 %"},
        ],
        ("series", "tells", "at_most", "limit", "per"),
        [
            ({"at_most": 0}, "at_most"),
            ({"at_most": 90}, "at_most"),
            ({"limit": None}, "limit"),
            ({"tells": "ratio"}, "limit"),
            ({"tells": "idle"}, "limit"),
            ({"per": [1]}, "per"),
        ],
    ),
    "synthetic": Example(
        [{"series": "probe_success"}, {"series": 'up{job="shop"}', "quorum": 0.5}],
        ("series", "quorum"),
        [({"quorum": 0}, "quorum"), ({"quorum": 1.01}, "quorum")],
    ),
    "composite": Example(
        [
            {"rule": "all_of", "of": [{"sli": 1, "target": 0.99}, {"sli": 2, "target": "99.9 %"}]},
            {"rule": "weighted", "of": [{"sli": 1, "weight": 3}, {"sli": 2}]},
        ],
        ("rule", "of"),
        [
            ({"of": [{"sli": 1}]}, "of"),
            ({"of": [{"sli": 1}, {"sli": 1}]}, "of"),
            ({"of": [{"sli": 1}, {"sli": 2, "weight": 0}]}, "of.1.weight"),
            ({"of": [{"sli": 1}, {"sli": 2, "target": 1.5}]}, "of.1.target"),
            ({"of": [{"sli": 1}, {"sli": 2, "name": "b"}]}, "of.1.name"),
            ({"of": [{"sli": 1}, {"sli": "b"}]}, "of.1.sli"),
            ({"rule": "some_of"}, "rule"),
        ],
    ),
}
EVERY = [(kind, fields) for kind, one in EXAMPLES.items() for fields in one.right]
WRONG = [(kind, {**one.right[0], **change}, at) for kind, one in EXAMPLES.items() for change, at in one.wrong]


def of(kind: str, fields: Fields) -> Indicator:
    return KINDS[kind](fields, field="indicator.fields")


def test_every_kind_is_held_to_this_and_says_its_name() -> None:
    assert set(KINDS) == set(EXAMPLES)
    assert {of(kind, fields).kind for kind, fields in EVERY} == set(KINDS)


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_what_is_stored_is_read_back_as_it_was(kind: str, fields: Fields) -> None:
    one = of(kind, fields)
    stored = json.loads(json.dumps(one.fields()))
    again = of(kind, stored)
    assert again == one
    assert json.loads(json.dumps(again.fields())) == stored


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_fields_given_are_fields_kept(kind: str, fields: Fields) -> None:
    """Percentages are kept as shares, and a text list stays one; all else is what was written."""
    kept = of(kind, fields).fields()
    plain: dict[str, Value] = {name: value for name, value in fields.items() if isinstance(value, str | int | bool)}
    assert {name: kept[name] for name in plain if name != "at_most"} == {
        n: v for n, v in plain.items() if n != "at_most"
    }


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_it_says_in_a_line_what_is_measured(kind: str, fields: Fields) -> None:
    text = of(kind, fields).sentence()
    assert text
    assert "\n" not in text
    assert "None" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_documentation_has_its_row_with_every_field(kind: str) -> None:
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| `{kind}` |")]
    for name in EXAMPLES[kind].names:
        assert f"`{name}`" in row


@pytest.mark.parametrize(("kind", "fields", "at"), WRONG)
def test_what_is_wrong_is_said_at_its_field(kind: str, fields: Fields, at: str) -> None:
    with pytest.raises(Invalid) as error:
        of(kind, fields)
    assert error.value.field == f"indicator.fields.{at}"
    assert str(error.value).strip().endswith(".")


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_a_field_it_does_not_have_is_refused(kind: str, fields: Fields) -> None:
    with pytest.raises(Invalid) as error:
        of(kind, {**fields, "colour": "red"})
    assert (error.value.code, error.value.field) == ("unknown_field", "indicator.fields.colour")


@pytest.mark.parametrize("kind", KINDS)
def test_without_fields_it_is_refused(kind: str) -> None:
    with pytest.raises(Invalid):
        of(kind, {})


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_a_selector_that_matches_nothing_is_told_and_refused_but_for_failures_that_are_yet_to_come(
    kind: str, fields: Fields
) -> None:
    one = of(kind, fields)
    told = {doubt.field: doubt for doubt in one.settled({}).doubts({}) if doubt.unseen}
    assert set(told) == set(one.selectors())
    assert {name for name, doubt in told.items() if not doubt.refuses} <= {"bad"}


@pytest.mark.parametrize(("kind", "fields"), EVERY)
def test_series_of_others_are_left_alone_and_nothing_makes_no_minutes(kind: str, fields: Fields) -> None:
    one = of(kind, fields)
    for number, shape in ((COUNTER, Shape.VALUE), (GAUGE, Shape.VALUE), (COUNTER, Shape.HISTOGRAM)):
        other = Candidate(1, 0, "", "other", {}, shape, number, "", "", 1, ())
        assert one.taps(other) == ()
        assert one.amounts(other, NO_GROWTH) == {}
    assert len(one.minutes(LaneMinutes(np.array([1, 2]), {}))) == 0
    assert len(one.composed({})) == 0
