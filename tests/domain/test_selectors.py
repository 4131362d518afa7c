"""Selectors: what they match, and how they are read and written."""

import pytest

from app.domain.assignments import Feed, Role
from app.domain.cells import COUNTER
from app.domain.errors import Invalid
from app.domain.selector_texts import parsed
from app.domain.selectors import Candidate, Match, Matcher, MetricSelector, SignalSelector
from app.domain.series import Shape


def one(metric: str = "requests_total", *feeds: Feed, **labels: str) -> Candidate:
    return Candidate(1, 7, "shop", metric, labels, Shape.VALUE, COUNTER, "", "http", 1, feeds)


@pytest.mark.parametrize(
    ("text", "labels", "selected"),
    [
        ("requests_total", {}, True),
        ("requests", {}, False),
        ('requests_total{code="500"}', {"code": "500"}, True),
        ('requests_total{code="500"}', {"code": "5000"}, False),
        ('requests_total{code!="500"}', {"code": "200"}, True),
        ('requests_total{code!="500"}', {}, True),
        ('requests_total{code=""}', {}, True),
        ('requests_total{code=~"5.."}', {"code": "503"}, True),
        ('requests_total{code=~"5.."}', {"code": "1503"}, False),
        ('requests_total{code=~"5..|429"}', {"code": "429"}, True),
        ('requests_total{code!~"5.."}', {}, True),
        ('requests_total{code=~".*",pod="a"}', {"pod": "a"}, True),
        ('requests_total{code=~".+"}', {"pod": "a"}, False),
        ('requests_total{le="1.0"}', {"le": "1"}, True),
        ('requests_total{le!="1.0"}', {"le": "1"}, False),
        ('requests_total{version="1.0"}', {"version": "1"}, False),
    ],
)
def test_what_is_selected(text: str, labels: dict[str, str], selected: bool) -> None:
    assert parsed(text).selects(one(**labels)) is selected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("requests_total", "requests_total"),
        (" requests_total { code = \"500\" , pod!~ 'a|b' , } ", 'requests_total{code="500",pod!~"a|b"}'),
        ("requests_total{}", "requests_total"),
        ('{"http.server.requests"}', '{"http.server.requests"}'),
        ("http.server.requests", '{"http.server.requests"}'),
        ('{"http.server.requests","http.route"="/"}', '{"http.server.requests","http.route"="/"}'),
        ('http.server.requests{http.route="/"}', '{"http.server.requests","http.route"="/"}'),
        ('{__name__="requests_total",code="500"}', 'requests_total{code="500"}'),
        (r'requests_total{path="C:\\a \"b\"\n"}', r'requests_total{path="C:\\a \"b\"\n"}'),
        (r'requests_total{path=~"/a\\d+"}', r'requests_total{path=~"/a\\d+"}'),
        ('requests_total{path="{,}="}', 'requests_total{path="{,}="}'),
        ("job:requests:rate5m", "job:requests:rate5m"),
    ],
)
def test_it_is_written_in_one_way_and_read_back_as_the_same(text: str, written: str) -> None:
    found = parsed(text)
    assert str(found) == written
    assert parsed(written) == found


def test_what_is_read() -> None:
    assert parsed(r'a{b="1",c!~"x\\.y"}') == MetricSelector(
        "a", (Matcher("b", Match.IS, "1"), Matcher("c", Match.UNLIKE, r"x\.y"))
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no metric name"),
        ("{}", "no metric name"),
        ('{code="500"}', "no metric name"),
        ("requests_total{", "a label name"),
        ('requests_total{code="500"', "a comma or }"),
        ("requests_total{code}", "one of = != =~ !~"),
        ("requests_total{code=500}", "in quotes"),
        ('requests_total{code="500}', "cannot be read"),
        ('requests_total{code=="500"}', "in quotes"),
        ('requests_total{="500"}', "a label name"),
        ('requests_total{code="a" pod="b"}', "a comma or }"),
        ("requests_total[5m]", "cannot be read"),
        ("sum(requests_total)", "cannot be read"),
        ("requests_total errors_total", "should end here"),
        ('requests_total{code=~"("}', "is no pattern"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told.replace("(", r"\(")) as error:
        parsed(text)
    assert str(error.value).endswith(".")


def test_signals_are_selected_by_service_source_role_and_resource() -> None:
    requests = SignalSelector("shop", "http", frozenset({Role.REQUESTS}))
    assert requests.selects(one("any", Feed(Role.REQUESTS)))
    assert requests.selects(one("any", Feed(Role.DURATION), Feed(Role.REQUESTS)))
    assert not requests.selects(one("any", Feed(Role.ERRORS)))
    assert not requests.selects(one("any"))
    assert not SignalSelector("cart", "http", requests.roles).selects(one("any", Feed(Role.REQUESTS)))
    assert not SignalSelector("shop", "mesh", requests.roles).selects(one("any", Feed(Role.REQUESTS)))
    used = SignalSelector("shop", "http", frozenset({Role.USED}), "memory")
    assert used.selects(one("any", Feed(Role.USED, resource="memory")))
    assert not used.selects(one("any", Feed(Role.USED, resource="disk")))
    assert str(requests) == "requests of shop by http"
