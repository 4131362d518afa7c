import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, Invalid, TooLarge, Unavailable, Unsupported
from app.domain.samples import Refusal
from app.wire.metrics import remote_write
from app.wire.metrics.remote_write import Answer, Protocol, Written
from app.wire.metrics.remote_write_table import SeriesTable
from tests.wire.metrics.remote_write_cases import COMPLIANCE, V1_TYPE, V2_TYPE, Case
from tests.wire.metrics.remote_write_own_cases import OWN

NOW_MS = 1_700_000_000_000
HEADERS = tuple(f"X-Prometheus-Remote-Write-{what}-Written" for what in ("Samples", "Histograms", "Exemplars"))


def test_a_refusal_and_what_to_do_about_it_are_one_line_as_prometheus_logs_only_the_first() -> None:
    refused = Invalid("It takes a token.", hint="Send it as a header.")
    assert remote_write.refusal(None, refused).body == "It takes a token. Send it as a header.\n"


def _answered(case: Case, table: SeriesTable | None = None) -> tuple[Protocol | None, Answer, set[str]]:
    """What a door does with a request of which all that was decoded is stored; the codes of what was left out."""
    protocol = None
    try:
        protocol = remote_write.negotiate(case.content_type, case.content_encoding)
        batch = remote_write.decode(case.body(NOW_MS), protocol=protocol, table=table)
    except AppError as error:
        return protocol, remote_write.refusal(protocol, error), {error.code}
    answer = remote_write.answer(protocol, written=remote_write.written(batch), refusals=batch.refusals)
    return protocol, answer, {refusal.code for refusal in batch.refusals}


@pytest.mark.parametrize("case", [*COMPLIANCE, *OWN], ids=lambda case: case.name)
def test_every_case_is_answered_as_it_must_be(case: Case) -> None:
    protocol, answer, codes = _answered(case)
    assert answer.all_taken is case.accepted
    assert codes == ({case.code} if case.code else set())
    assert (answer.body == "") is case.accepted
    counts = (case.samples, case.histograms, case.exemplars)
    written = tuple(map(str, counts)) if protocol is Protocol.V2 else ()
    assert tuple(answer.headers.values()) == written
    assert tuple(answer.headers) == (HEADERS if protocol is Protocol.V2 else ())


@pytest.mark.parametrize(
    "case", [case for case in [*COMPLIANCE, *OWN] if case.status != 415], ids=lambda case: case.name
)
def test_a_remembered_series_is_answered_like_a_new_one(case: Case) -> None:
    table = SeriesTable()
    first, second = _answered(case, table), _answered(case, table)
    assert first == second == _answered(case)


@pytest.mark.parametrize("case", [case for case in COMPLIANCE if not case.accepted], ids=lambda case: case.name)
def test_a_refusal_is_a_sentence_for_a_person(case: Case) -> None:
    _, answer, _ = _answered(case)
    assert answer.body.endswith("\n")
    assert 20 < len(answer.body) < 400


@pytest.mark.parametrize(
    ("content_type", "protocol"),
    [
        (V1_TYPE, Protocol.V1),
        ("application/x-protobuf; proto=prometheus.WriteRequest", Protocol.V1),
        ("Application/X-Protobuf", Protocol.V1),
        (V2_TYPE, Protocol.V2),
        ('application/x-protobuf; charset=utf-8; proto="io.prometheus.write.v2.Request"', Protocol.V2),
    ],
)
def test_the_content_type_names_the_message(content_type: str, protocol: Protocol) -> None:
    assert remote_write.negotiate(content_type, "snappy") is protocol


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-protobuf-2", "x", "protobuf;proto"])
def test_another_content_type_is_unsupported(content_type: str) -> None:
    with pytest.raises(Unsupported) as refused:
        remote_write.negotiate(content_type, "snappy")
    assert refused.value.code == "content_type_unsupported"


@settings(deadline=None)
@given(content_type=st.text(max_size=60), encoding=st.text(max_size=20))
def test_no_header_raises_anything_but_unsupported(content_type: str, encoding: str) -> None:
    with pytest.raises(Unsupported):
        remote_write.negotiate(content_type, f"{encoding}?")
    with pytest.raises(Unsupported):
        remote_write.negotiate(f"{V1_TYPE};proto=?{content_type}", "snappy")


def test_oversize_is_answered_as_invalid_because_vmagent_sends_413_again_for_ever() -> None:
    error = remote_write.answerable(TooLarge("Too long.", code="body_too_large", hint="Send less."))
    assert type(error) is Invalid
    assert (str(error), error.code, error.hint) == ("Too long.", "body_too_large", "Send less.")


@pytest.mark.parametrize("error", [Invalid("No."), Unsupported("No."), Unavailable("Later.")])
def test_other_errors_are_answered_as_they_are(error: AppError) -> None:
    assert remote_write.answerable(error) is error


def test_what_is_refused_after_decoding_is_not_written() -> None:
    case = next(case for case in COMPLIANCE if case.name == "fifty samples with metadata and an exemplar each")
    batch = remote_write.decode(case.body(NOW_MS), protocol=Protocol.V2)
    late = Refusal("timestamp_too_old", "up is older than 15 days.", samples=3)
    assert remote_write.written(batch, refused=[late]) == Written(samples=47, exemplars=50)


def test_an_answer_lists_the_reasons_and_what_each_left_out() -> None:
    refusals = [
        Refusal("label_invalid", "up has the label job twice.", samples=1, exemplars=2),
        Refusal("name_missing", "Metadata has no metric name.", samples=0),
    ]
    answer = remote_write.answer(Protocol.V1, written=Written(samples=5), refusals=refusals)
    assert not answer.all_taken
    assert answer.headers == {}
    assert answer.body == (
        "up has the label job twice. (label_invalid; left out: 1 sample, 2 exemplars)\n"
        "Metadata has no metric name. (name_missing; left out: nothing else)\n"
    )


def test_an_answer_names_ten_reasons_at_most() -> None:
    refusals = [Refusal(f"reason_{i}", "No.") for i in range(13)]
    body = remote_write.answer(Protocol.V2, written=Written(), refusals=refusals).body
    assert body.count("\n") == 11
    assert body.endswith("... and 3 more reasons.\n")


@settings(deadline=None)
@given(body=st.binary(max_size=400), protocol=st.sampled_from(Protocol))
def test_no_body_raises_anything_but_our_own_errors(body: bytes, protocol: Protocol) -> None:
    for sent in (body, bytes(cramjam.snappy.compress_raw(body))):
        try:
            remote_write.decode(sent, protocol=protocol)
        except AppError as error:
            assert error.code  # noqa: PT017 - most bytes are refused, some are a request
