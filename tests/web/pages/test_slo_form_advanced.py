"""The part of the form that most objectives leave as it is: burn policies, silence, what follows, what was agreed."""

from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from app.domain.slos import BurnPair, CreditStep, Deploys, Health, Severity, Silence
from app.store import slos
from app.store.engine import Store
from tests.web.form_fields import sent_by
from tests.web.pages.conftest import Look, words
from tests.web.pages.test_slo_forms import FILLED, HTML, _known, saved

__all__ = ["_known"]

NEW, EDIT = "/slos/new", "/slos/checkout-works/edit"


def created(client: TestClient, look: Look, **changed: str) -> None:
    """From the form as a browser sends it."""
    answer = client.post("/slos", data={**sent_by(look(NEW)), **FILLED, **changed}, headers=HTML)
    assert answer.status_code == 200, words(answer.text)


def changed_to(client: TestClient, look: Look, **changed: str) -> None:
    """The edit form as it is served, with some fields changed."""
    answer = client.post("/slos/checkout-works", data={**sent_by(look(EDIT)), "unseen": "1", **changed}, headers=HTML)
    assert answer.status_code == 200, words(answer.text)


def refused(client: TestClient, look: Look, **changed: str) -> str:
    answer = client.post("/slos", data={**sent_by(look(NEW)), **FILLED, **changed}, headers=HTML)
    assert answer.status_code == 422
    assert answer.text.count('class="wrong"') == 1
    assert '<details class="advanced" open>' in answer.text
    return answer.text


def test_the_simple_case_is_as_short_as_before_and_all_as_usual(client: TestClient, store: Store, look: Look) -> None:
    assert '<details class="advanced">' in look(NEW)
    created(client, look)
    slo = saved(store)
    first = slo.alerting.pairs[0]
    assert (first.long_minutes, first.factor) == (14, Decimal("14.4"))
    assert slo.policy[Health.EXHAUSTED].deploys is Deploys.BLOCK
    assert slo.credits == ()


def test_policies_of_my_own_are_kept_and_stay_when_the_window_changes(
    client: TestClient, store: Store, look: Look
) -> None:
    own = {
        "alerting": "own",
        **{f"pair_{at}_{name}": "" for at in range(4) for name in ("name", "long", "short", "factor", "hold")},
        "pair_0_long": "2h",
        "pair_0_factor": "10x",
        "pair_2_name": "slow",
        "pair_2_severity": "ticket",
        "pair_2_long": "3d",
        "pair_2_short": "5h 30m",
        "pair_2_factor": "1.5",
        "pair_2_hold": "15",
        "least_events": "100",
        "least_failures": "2",
    }
    created(client, look, **own)
    mine = (
        BurnPair("page-2h", Severity.PAGE, 120, 10, Decimal(10)),
        BurnPair("slow", Severity.TICKET, 4_320, 330, Decimal("1.5"), 15),
    )
    alerting = saved(store).alerting
    assert (alerting.pairs, alerting.least_events, alerting.least_failures) == (mine, 100, 2)
    changed_to(client, look, window="30d")
    assert saved(store).alerting.pairs == mine
    assert saved(store).window.minutes == 43_200  # type: ignore[union-attr]


def test_least_failures_stand_beside_the_usual_policies(client: TestClient, store: Store, look: Look) -> None:
    created(client, look, least_failures="3")
    assert saved(store).alerting.least_failures == 3
    assert saved(store).alerting.pairs[0].long_minutes == 14
    changed_to(client, look, window="30d")
    assert saved(store).alerting.least_failures == 3
    assert saved(store).alerting.pairs[0].long_minutes == 60


def test_without_any_row_nobody_is_called(client: TestClient, store: Store, look: Look) -> None:
    rows = {f"pair_{at}_{name}": "" for at in range(4) for name in ("name", "long", "short", "factor", "hold")}
    created(client, look, alerting="own", **rows)
    assert saved(store).alerting.pairs == ()


ONE = {"alerting": "own", "pair_0_long": "1h", "pair_0_short": "5m", "pair_0_factor": "14.4"}


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        (
            {**ONE, "target": "90 %"},
            "pair_0_factor",
            "can never fire: at a target of 0.90 a total outage burns 10x.",
        ),
        ({**ONE, "pair_0_factor": "0"}, "pair_0_factor", "A burn factor lies above 0."),
        ({**ONE, "pair_0_factor": "fast"}, "pair_0_factor", "fast is no number."),
        ({**ONE, "pair_0_factor": ""}, "pair_0_factor", "factor is missing."),
        ({**ONE, "pair_0_long": "an hour"}, "pair_0_long", "an hour is no length that can be read. Use 5m, 6h or 3d."),
        ({**ONE, "pair_0_short": "2h"}, "pair_0_short", "short_minutes is a whole number from 1 to 60."),
        ({"least_events": "many"}, "least_events", "least_events is a whole number."),
        ({"least_failures": "-1"}, "least_failures", "least_failures is a whole number from 0"),
        ({"policy_watch_below": "50"}, "policy_watch_below", "A state begins at a share of the budget, at most 1"),
        ({"policy_at_risk_below": "60 %"}, "policy_at_risk_below", "A state that is worse cannot begin at more"),
        ({"policy_watch_deploys": "perhaps"}, "policy_watch_deploys", "deploys is one of allow, warn, block."),
        ({"credit_0_below": "99"}, "credit_0_share", "credit is missing."),
        ({"credit_0_below": "99", "credit_0_share": "10 %"}, "credit_0_below", "between 0 and 1: 0.99, or 99 %."),
        ({"credit_0_below": "99 %", "credit_0_share": "110 %"}, "credit_0_share", "above 0 and at most 1"),
    ],
    ids=lambda one: "" if isinstance(one, dict) else one,
)
def test_a_fault_in_a_row_is_said_at_its_field(
    client: TestClient, store: Store, look: Look, changed: dict[str, str], field: str, sentence: str
) -> None:
    html = refused(client, look, **changed)
    assert sentence in words(html)
    at = html.index(f'name="{field}"')
    assert 'aria-invalid="true"' in html[at : html.index(">", at)]
    with store.reading() as db:
        assert slos.every(db) == []


def test_the_row_at_fault_is_told_by_where_it_stands_after_empty_ones(client: TestClient, look: Look) -> None:
    html = refused(
        client, look, **{**ONE, "pair_0_long": "", "pair_0_short": "", "pair_0_factor": "", "pair_0_name": ""},
        pair_1_factor="9999",
    )  # fmt: skip
    assert sent_by(html)["pair_0_factor"] == "9999"  # rows have moved up
    at = html.index('name="pair_0_factor"')
    assert 'aria-invalid="true"' in html[at : html.index(">", at)]


def test_silence_of_slices_is_asked_about_and_of_occurrences_left_out(
    client: TestClient, store: Store, look: Look
) -> None:
    sliced = {"method": "time_slices", "slice_minutes": "5", "slice_target": "99 %", "alerting": "own"}
    rows = {f"pair_{at}_{name}": "" for at in range(4) for name in ("name", "long", "short", "factor", "hold")}
    created(client, look, **sliced, **rows, no_data="bad", no_traffic="good")
    assert (saved(store).budgeting.no_data, saved(store).budgeting.no_traffic) == (Silence.BAD, Silence.GOOD)
    assert sent_by(look(EDIT))["no_data"] == "bad"
    changed_to(client, look, method="occurrences")
    assert saved(store).budgeting.no_data is Silence.LEAVE_OUT


def test_what_follows_is_named_in_lines_and_kept(client: TestClient, store: Store, look: Look) -> None:
    created(
        client,
        look,
        policy_exhausted_actions="Freeze features\n\nTell the board\n",
        policy_watch_deploys="warn",
        policy_watch_below="40 %",
    )
    policy = saved(store).policy
    assert policy[Health.EXHAUSTED].actions == ("Freeze features", "Tell the board")
    assert (policy[Health.WATCH].below, policy[Health.WATCH].deploys) == (Decimal("0.4"), Deploys.WARN)
    assert '<details class="advanced" open>' in look(EDIT)
    before = saved(store)
    changed_to(client, look)
    assert saved(store) == before


def test_steps_are_added_in_empty_rows_and_taken_away_by_emptying(client: TestClient, store: Store, look: Look) -> None:
    created(client, look, credit_0_below="99 %", credit_0_share="10 %", credit_1_below="0.95", credit_1_share="25 %")
    steps = (CreditStep(Decimal("0.99"), Decimal("0.1")), CreditStep(Decimal("0.95"), Decimal("0.25")))
    assert saved(store).credits == steps
    form = sent_by(look(EDIT))
    assert (form["credit_1_below"], form["credit_2_below"], form["credit_3_below"]) == ("95 %", "", "")
    changed_to(client, look, credit_0_below="", credit_0_share="")
    assert saved(store).credits == steps[1:]


def test_more_rows_come_without_scripts_and_write_nothing(client: TestClient, store: Store, look: Look) -> None:
    form = {**sent_by(look(NEW)), **FILLED, "do": "rows", "name": "Half typed"}
    form |= {f"credit_{at}_below": f"{99 - at} %" for at in range(2)}
    answer = client.post("/slos", data=form, headers=HTML)
    assert answer.status_code == 200
    assert 'value="Half typed"' in answer.text
    assert sent_by(answer.text)["credit_3_below"] == ""
    assert '<details class="advanced" open>' in answer.text
    with store.reading() as db:
        assert slos.every(db) == []
