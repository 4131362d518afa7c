"""Text exposition through `decode`, against the parsers of prometheus_client and on bodies of real programs."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from app.domain.errors import Invalid, TooLarge, Unsupported
from app.domain.samples import Metadata, SampleBatch
from app.domain.series import Kind, SeriesKey, canonical_bound
from app.wire.metrics import text
from app.wire.metrics.text_series import Vocabularies, Vocabulary

NOW = 1_795_448_500_000
PLAIN = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
CAPTURES = sorted((Path(__file__).parent / "captures" / "text").glob("*.txt"))

Row = tuple[str, tuple[tuple[str, str], ...], float, int]


def decode(body: str | bytes, content_type: str = PLAIN, **extra_labels: str) -> SampleBatch:
    """The batch from a vocabulary that has seen nothing."""
    adapt = Vocabulary(lambda own: own | extra_labels)
    return text.read(body.encode() if isinstance(body, str) else body, adapt, content_type=content_type, now_ms=NOW)


def rows(batch: SampleBatch) -> list[Row]:
    """Samples in order: metric, labels, value (NaN as a number one can compare), time."""
    return [
        (key.metric, key.labels, -999.25 if math.isnan(value) else float(value), int(at))
        for key, value, at in zip(keys(batch), batch.values, batch.at_ms, strict=True)
    ]


def keys(batch: SampleBatch) -> list[SeriesKey]:
    return [batch.directory.key(int(position)) for position in batch.series]


def starts(batch: SampleBatch) -> list[int]:
    assert batch.start_ms is not None
    return [int(start) for start in batch.start_ms]


def content_type_of(capture: Path) -> str:
    return OPENMETRICS if "openmetrics" in capture.name else PLAIN


def reference(capture: Path) -> Iterator[Row]:
    """What prometheus_client reads, `_created` samples left out."""
    families = openmetrics_families if "openmetrics" in capture.name else text_families
    renamed = "openmetrics" not in capture.name  # the text parser gives every counter the suffix it has there
    declared = re.findall(r"^# TYPE (\S+) counter", capture.read_text(), re.MULTILINE)
    for family in families(capture.read_text()):
        if family.name.endswith("_created") and family.type == "gauge":
            continue
        for sample in family.samples:
            if sample.name.endswith("_created"):
                continue
            labels = {
                name: canonical_bound(value) if name in ("le", "quantile") else value
                for name, value in sample.labels.items()
                if value
            }
            at = NOW if sample.timestamp is None else round(float(sample.timestamp) * 1000)
            value = -999.25 if math.isnan(sample.value) else float(sample.value)
            name = family.name if renamed and family.name in declared else sample.name
            yield name, tuple(sorted(labels.items())), value, at


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.stem)
def test_bodies_of_real_programs_read_as_prometheus_own_parser_reads_them(capture: Path) -> None:
    body = capture.read_bytes()
    batch = decode(body, content_type_of(capture))
    assert batch.refusals == ()
    assert sorted(rows(batch)) == sorted(reference(capture))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.stem)
def test_a_body_seen_before_reads_as_it_did_the_first_time(capture: Path) -> None:
    vocabulary, body = Vocabulary(), capture.read_bytes()
    others = [other for other in CAPTURES if other != capture]
    first = text.read(body, vocabulary, content_type=content_type_of(capture), now_ms=NOW)
    again = text.read(body, vocabulary, content_type=content_type_of(capture), now_ms=NOW)
    for other in others:
        text.read(other.read_bytes(), vocabulary, content_type=content_type_of(other), now_ms=NOW)
    later = text.read(body, vocabulary, content_type=content_type_of(capture), now_ms=NOW)
    for repeated in (again, later):
        assert repeated.series.tolist() == first.series.tolist()
        assert rows(repeated) == rows(first)
        assert [key.kind for key in keys(repeated)] == [key.kind for key in keys(first)]
        assert repeated.metadata == first.metadata
        assert repeated.exemplars == first.exemplars
        assert (repeated.start_ms is None) == (first.start_ms is None)
        assert repeated.start_ms is None or starts(repeated) == starts(first)


def test_a_repeated_body_gives_its_new_numbers() -> None:
    vocabulary = Vocabulary()
    for value in (1.0, 2.5, -3e300):
        body = f'# HELP a Help.\n# TYPE a gauge\na {value}\nb{{x="y"}} 7\n'.encode()
        batch = text.read(body, vocabulary, content_type=PLAIN, now_ms=NOW)
        assert batch.values.tolist() == [value, 7.0]


names = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,12}", fullmatch=True)
label_names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,12}", fullmatch=True)
label_values = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=20)


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@given(
    names,
    st.dictionaries(label_names.filter(lambda name: name not in ("le", "quantile")), label_values, max_size=4),
    st.floats(allow_nan=False),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_whatever_is_written_is_read_back(name: str, labels: dict[str, str], value: float, at_ms: int | None) -> None:
    inside = ",".join(f'{label}="{escaped(text)}"' for label, text in labels.items())
    line = f"{name}{{{inside}}} {value!r}" + ("" if at_ms is None else f" {at_ms}")
    batch = decode(line)
    assert rows(batch) == [(name, tuple(sorted(labels.items())), value, NOW if at_ms is None else at_ms)]


@given(st.lists(st.text(st.sampled_from('ab{}="\\, \t1.5#\n_:é'), max_size=24), max_size=6))
def test_no_text_does_more_than_be_refused_and_care_reads_what_trust_reads(lines: list[str]) -> None:
    vocabulary = Vocabulary()
    body = "\n".join(['a{b="1"} 1', "a 5", *lines])
    fresh = decode(body)
    for _ in range(2):
        again = text.read(body.encode(), vocabulary, content_type=PLAIN, now_ms=NOW)
        assert rows(again) == rows(fresh)
        assert again.refusals == fresh.refusals


@pytest.mark.parametrize(
    ("line", "series"),
    [
        ("up 1", "up"),
        ("  up \t 1  ", "up"),
        ("up\t1", "up"),
        ("up{} 1", "up"),
        ("up { } 1", "up"),
        ('up{a="b"}1', 'up{a="b"}'),
        ('up{ a = "b" , c="d" , } 1', 'up{a="b",c="d"}'),
        ('up{z="1",a="2"} 1', 'up{a="2",z="1"}'),
        ('up{a="} 2 # {"} 1', 'up{a="} 2 # {"}'),
        ('up{a=""} 1', "up"),
        ('up{a="x\\ty"} 1', 'up{a="x\\ty"}'),
        ('up{le="1.0"} 1', 'up{le="1"}'),
        ('{"my.metric"} 1', "my.metric"),
        ('{"my.metric","l.x"="v"} 1', 'my.metric{l.x="v"}'),
        ('{ "my metric" , l="v" } 1', 'my metric{l="v"}'),
        ('up{"l.x"="v"} 1', 'up{l.x="v"}'),
        ('job:up:sum{a="b"} 1', 'job:up:sum{a="b"}'),
    ],
)
def test_every_spelling_of_a_series_is_understood(line: str, series: str) -> None:
    batch = decode(line)
    assert [str(key) for key in keys(batch)] == [series]
    assert batch.values.tolist() == [1.0]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n  \n"])
def test_line_ends_of_every_system_and_a_byte_order_mark_are_taken(ending: str) -> None:
    body = "\ufeffa 1\r\nb 2".replace("\r\n", ending or "\n") + ending
    assert [(key.metric) for key in keys(decode(body))] == ["a", "b"]


@pytest.mark.parametrize(
    ("word", "value"),
    [("NaN", math.nan), ("+Inf", math.inf), ("-Inf", -math.inf), ("1e3", 1000.0), ("-0", -0.0), (".5", 0.5)],
)
def test_every_number_is_kept(word: str, value: float) -> None:
    batch = decode(f"a {word}")
    assert np.array_equal(batch.values, [value], equal_nan=True)
    assert math.copysign(1, batch.values[0]) == math.copysign(1, value)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("a one", "value_invalid", "'one' is not a number"),
        ("a 1_000", "value_invalid", "'1_000'"),
        ("a 0x1p4", "value_invalid", "'0x1p4'"),
        ("a ١", "value_invalid", "is not a number"),
        ("a", "value_missing", "no value"),
        ('a{b="c"}', "value_missing", "no value"),
        ("a 1 soon", "timestamp_invalid", "'soon' is not a timestamp"),
        ("a 1 1.5", "timestamp_invalid", "whole milliseconds"),
        ("a 1 9223372036854775808", "timestamp_invalid", "9223372036854775808"),
        ("my.metric 1", "name_invalid", '{"my.metric"} 1'),
        ("1a 1", "name_invalid", "'1a'"),
        ('{a="b"} 1', "name_missing", "no metric name"),
        ('a{"b"} 1', "label_invalid", "b has no value"),
        ('a{b="c",b="d"} 1', "label_invalid", "label b twice"),
        ('a{b="c" 1', "label_invalid", "not closed"),
        ("a{b=c} 1", "label_invalid", "cannot be read from 'b=c'"),
        ('a{b-c="d"} 1', "label_invalid", "cannot be read"),
        ('a{__name__="d"} 1', "label_invalid", "__name__"),
        ("a 1 2 3", "line_malformed", "does not read"),
        ('a{b="\x00"} 1', "label_nul", "NUL"),
        ('a{"b\x01"="c"} 1', "label_invalid", "control character"),
        ('a{b="' + "x" * 4097 + '"} 1', "label_too_long", "4096 bytes"),
        ("a" * 257 + " 1", "label_too_long", "256 bytes"),
        ("a{" + ",".join(f'l{n}="v"' for n in range(41)) + "} 1", "too_many_labels", "41 labels"),
    ],
)
def test_a_malformed_line_is_refused_by_number_and_reason_and_the_others_kept(line: str, code: str, words: str) -> None:
    batch = decode(f"good 1\n{line}\nbetter 2\n")
    assert batch.values.tolist() == [1.0, 2.0]
    (refusal,) = batch.refusals
    assert (refusal.code, refusal.samples) == (code, 1)
    assert refusal.message.startswith("Line 2: ")
    assert words in refusal.message


def test_a_line_that_is_no_utf8_is_refused_and_the_others_kept() -> None:
    batch = decode(b'a 1\nb{c="\xff"} 2\nd 3')
    assert batch.values.tolist() == [1.0, 3.0]
    assert [(refusal.code, refusal.samples) for refusal in batch.refusals] == [("utf8_invalid", 1)]


def test_lines_refused_for_one_reason_are_counted_together_and_the_first_named() -> None:
    batch = decode("a 1\n" + "b x\n" * 9)
    (refusal,) = batch.refusals
    assert refusal.samples == 9
    assert refusal.message == "Line 2: 'x' is not a number. Likewise lines 3, 4, 5, 6 and 4 more."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"{]", "label_invalid"),
        (b"\xff\xfea\x00 \x001\x00", "utf8_invalid"),
        (b"<html><body>Not found</body></html>", "name_invalid"),
        (bytes(range(256)), "name_invalid"),
    ],
)
def test_a_body_without_a_readable_line_is_invalid(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(body)
    assert caught.value.code == code


def test_a_body_squeezed_into_one_line_by_curl_gets_the_cure() -> None:
    with pytest.raises(Invalid) as caught:
        decode("a{}x # TYPE b gauge b 1")
    assert caught.value.hint == "curl -d drops line breaks: use --data-binary."


def test_a_body_of_comments_alone_is_no_error() -> None:
    assert len(decode("# nothing to see\n# HELP a b\n")) == 0


def test_types_and_help_become_metadata_and_kinds() -> None:
    batch = decode(
        "# HELP requests_total All \\\\ of\\nthem.\n# TYPE requests_total counter\nrequests_total 1\n"
        "# TYPE temperature gauge\ntemperature 2\n"
        '# TYPE wait summary\nwait{quantile="0.50"} 3\nwait_sum 4\nwait_count 5\n'
        '# TYPE took histogram\ntook_bucket{le="+Inf"} 6\ntook_sum 7\ntook_count 8\n'
        "# TYPE odd untyped\nodd 9\n# TYPE odder whatever\nodder 10\n# HELP told Only told.\ntold 11\nstray 12\n"
    )
    assert batch.metadata == (
        Metadata("requests_total", "counter", "All \\ of\nthem."),
        Metadata("told", "unknown", "Only told."),
        Metadata("temperature", "gauge"),
        Metadata("wait", "summary"),
        Metadata("took", "histogram"),
        Metadata("odd", "unknown"),
        Metadata("odder", "unknown"),
    )
    counter, gauge = Kind.COUNTER, Kind.GAUGE
    assert [key.kind for key in keys(batch)] == [
        *(counter, gauge, gauge, counter, counter, counter, counter, counter),
        *(None, None, None, None),
    ]


def test_a_sample_outside_its_group_still_has_its_type() -> None:
    body = b'# TYPE a counter\na 1\n# TYPE b gauge\nb 2\na{x="y"} 3\n'
    vocabulary = Vocabulary()
    for _ in range(3):
        batch = text.read(body, vocabulary, content_type=PLAIN, now_ms=NOW)
        assert [key.kind for key in keys(batch)] == [Kind.COUNTER, Kind.GAUGE, Kind.COUNTER]
    assert len(vocabulary) == 3


def test_a_series_whose_type_changes_between_bodies_changes_its_kind() -> None:
    vocabulary = Vocabulary()
    kinds = []
    for kind in ("gauge", "counter", "gauge"):
        body = f"# TYPE a {kind}\na 1\n".encode()
        kinds.append(keys(text.read(body, vocabulary, content_type=PLAIN, now_ms=NOW))[0].kind)
    assert kinds == [Kind.GAUGE, Kind.COUNTER, Kind.GAUGE]


def test_openmetrics_units_types_and_gauge_histograms_are_understood() -> None:
    batch = decode(
        '# TYPE took_seconds histogram\n# UNIT took_seconds seconds\n# HELP took_seconds Took \\"it\\".\n'
        'took_seconds_bucket{le="1.0"} 1\ntook_seconds_sum 2\ntook_seconds_count 3\n'
        '# TYPE depth gaugehistogram\ndepth_bucket{le="+Inf"} 4\ndepth_gcount 5\ndepth_gsum 6\n'
        '# TYPE build info\nbuild_info{v="1"} 1\n# TYPE mode stateset\nmode{mode="on"} 1\n# EOF\n',
        OPENMETRICS,
    )
    assert batch.metadata[0] == Metadata("took_seconds", "histogram", 'Took "it".', "seconds")
    assert [(key.unit, key.kind) for key in keys(batch)] == [
        *[("s", Kind.COUNTER), ("s", Kind.COUNTER), ("", Kind.COUNTER)],
        *[("", Kind.GAUGE)] * 5,
    ]


@pytest.mark.parametrize(
    ("moment", "at_ms"), [("1795448497", 1795448497000), ("1795448497.1239", 1795448497124), ("1.5e9", 1500000000000)]
)
def test_openmetrics_timestamps_are_seconds(moment: str, at_ms: int) -> None:
    assert decode(f"a 1 {moment}\nb 2\n# EOF\n", OPENMETRICS).at_ms.tolist() == [at_ms, NOW]


@pytest.mark.parametrize("moment", ["NaN", "Inf", "1e300", "x"])
def test_openmetrics_timestamps_that_are_no_moment_are_refused(moment: str) -> None:
    batch = decode(f"b 2\na 1 {moment}\n# EOF\n", OPENMETRICS)
    assert [refusal.code for refusal in batch.refusals] == ["timestamp_invalid"]


@pytest.mark.parametrize("end", ["", "\n# EO", "\n# EOF\n# EOF x"])
def test_an_openmetrics_body_that_was_cut_off_is_refused_as_a_whole(end: str) -> None:
    with pytest.raises(Invalid, match="cut off") as caught:
        decode("a 12" + end, OPENMETRICS)
    assert caught.value.code == "eof_missing"


def test_exemplars_are_counted_and_bad_ones_left_out_without_their_samples() -> None:
    long = "x" * 129
    body = (
        'a_bucket{le="1"} 1 # {trace_id="abc"} 0.5 1795448497.9\n'
        'a_bucket{le="2"} 2 1795448497.5 # {} 0.5\n'
        f'a_bucket{{le="3"}} 3 # {{trace_id="{long}"}} 0.5\n'
        'a_bucket{le="4"} 4 # nonsense\n# EOF\n'
    ).encode()
    vocabulary = Vocabulary()
    for _ in range(2):
        batch = text.read(body, vocabulary, content_type=OPENMETRICS, now_ms=NOW)
        assert batch.values.tolist() == [1, 2, 3, 4]
        assert batch.at_ms.tolist() == [NOW, 1795448497500, NOW, NOW]
        assert batch.exemplars == 2
        assert [(refusal.code, refusal.samples, refusal.exemplars) for refusal in batch.refusals] == [
            ("exemplar_invalid", 0, 2)
        ]


def test_created_samples_become_start_times_of_what_they_speak_of() -> None:
    batch = decode(
        "# TYPE hits counter\n"
        'hits_total{a="1"} 5\nhits_created{a="1"} 1795448497.5\nhits_total{a="2"} 6\nhits_created{a="2"} 1795448400\n'
        "# TYPE took histogram\n"
        'took_bucket{le="1"} 1\ntook_bucket{le="+Inf"} 2\ntook_sum 3\ntook_count 2\ntook_created 1795448300\n'
        "# TYPE level gauge\nlevel 1\n# EOF\n",
        OPENMETRICS,
    )
    assert [key.metric for key in keys(batch)] == [
        *["hits_total", "hits_total", "took_bucket", "took_bucket", "took_sum", "took_count", "level"]
    ]
    assert starts(batch) == [1795448497500, 1795448400000, *[1795448300000] * 4, 0]


def test_older_formats_write_start_times_as_gauges_of_their_own() -> None:
    batch = decode(
        "# TYPE hits_total counter\nhits_total 5\n# TYPE hits_created gauge\nhits_created 1.7954484975e9\n"
        '# TYPE wait summary\nwait{quantile="0.5"} 1\nwait_sum 2\nwait_count 3\n'
        "# TYPE wait_created gauge\nwait_created 1.7954483e9\n"
    )
    assert [key.metric for key in keys(batch)] == ["hits_total", "wait", "wait_sum", "wait_count"]
    assert starts(batch) == [1795448497500, 0, 1795448300000, 1795448300000]
    assert [metadata.metric for metadata in batch.metadata] == ["hits_total", "wait"]


@pytest.mark.parametrize("value", ["5", "NaN", "1.9e9", "-1", "+Inf"])
def test_a_gauge_that_merely_ends_in_created_is_kept_when_it_holds_no_past_time(value: str) -> None:
    batch = decode(
        f"# TYPE orders_total counter\norders_total 9\n# TYPE orders_created gauge\norders_created {value}\n"
    )
    assert [key.metric for key in keys(batch)] == ["orders_total", "orders_created"]
    assert starts(batch) == [0, 0]


def test_extra_labels_stand_on_every_series_in_place_of_its_own() -> None:
    batch = text.decode(
        b'a{job="x",b="c"} 1\nd 2', content_type="", now_ms=NOW, extra_labels={"job": "checkout", "env": "prod"}
    )
    assert [str(key) for key in keys(batch)] == ['a{b="c",env="prod",job="checkout"}', 'd{env="prod",job="checkout"}']
    plain = text.decode(b'a{job="x",b="c"} 1', content_type="", now_ms=NOW)
    assert [str(key) for key in keys(plain)] == ['a{b="c",job="x"}']


def test_an_extra_label_is_read_from_its_query_parameter() -> None:
    assert text.extra_labels(["job=checkout", "path=a=b"]) == {"job": "checkout", "path": "a=b"}


@pytest.mark.parametrize("parameter", ["", "job", "=x"])
def test_an_extra_label_without_name_or_value_is_invalid(parameter: str) -> None:
    with pytest.raises(Invalid, match="does not read name=value"):
        text.extra_labels([parameter])


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "TEXT/PLAIN;version=9", "application/x-www-form-urlencoded"]
)
def test_what_curl_and_old_exporters_say_counts_as_text(content_type: str) -> None:
    assert not text.speaks_openmetrics(content_type)


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "application/vnd.google.protobuf"])
def test_other_content_types_are_unsupported(content_type: str) -> None:
    with pytest.raises(Unsupported) as caught:
        decode("a 1", content_type)
    assert caught.value.code == "content_type_unsupported"


@pytest.mark.parametrize(
    "body",
    [b"\n" * 400_001, b"a 1\n" * 100_001],
    ids=["lines of nothing", "samples"],
)
def test_more_than_the_limit_is_too_large(body: bytes) -> None:
    with pytest.raises(TooLarge) as caught:
        decode(body)
    assert caught.value.code == "too_many_samples"


@pytest.mark.parametrize("piece", ["{", '"', "\\", 'a="', "{a", " ", "\t1", "#", "a 1 # {", 'a{b="c",'])
def test_a_line_of_megabytes_costs_no_more_than_its_length(piece: str) -> None:
    body = "a 1\n" + piece * 1_000_000 + "\nb 2\na{" + piece * 500_000
    assert 2.0 in decode(body).values


def test_the_answer_counts_what_was_taken_and_what_was_left() -> None:
    batch = decode("a 1\nb x\nc y\nd{ 1\n")
    assert text.answer(1, batch.refusals) == {
        "accepted": 1,
        "refused": 3,
        "errors": [
            {
                "code": "value_invalid",
                "message": "Line 2: 'x' is not a number. Likewise line 3.",
                "samples": 2,
            },
            {"code": "label_invalid", "message": "Line 4: The labels are not closed.", "samples": 1},
        ],
    }


def test_ids_found_for_a_series_serve_later_bodies_and_outlive_the_growth_of_the_vocabulary() -> None:
    vocabulary = Vocabulary()
    first = text.read(b"a 1", vocabulary, content_type=PLAIN, now_ms=NOW)
    first.directory.ids[first.series] = 7
    again = text.read(b"a 2", vocabulary, content_type=PLAIN, now_ms=NOW)
    assert again.directory.ids[again.series].tolist() == [7]
    more = "".join(f"b{number} 1\n" for number in range(1000))
    text.read(more.encode(), vocabulary, content_type=PLAIN, now_ms=NOW)
    again.directory.ids[again.series] = 8
    assert again.directory.ids[again.series].tolist() == [8]
    later = text.read(more.encode() + b"a 2", vocabulary, content_type=PLAIN, now_ms=NOW)
    assert later.directory.ids[later.series[-1]] == 7


def test_texts_seen_from_many_senders_are_forgotten_before_they_fill_memory() -> None:
    senders = Vocabularies(max_series=10)
    vocabulary = senders.of({})
    for sender in range(30):
        vocabulary = senders.of({"job": str(sender)})
        text.read(b"a 1\nb 2\nc 3", vocabulary, content_type=PLAIN, now_ms=NOW)
    assert senders.series <= 12
    assert senders.of({"job": "29"}) is vocabulary


def test_the_example_in_the_documentation_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ingest.md").read_text()
    (example,) = re.findall(r"<<'END'\n(.*?)END", page, re.DOTALL)
    batch = decode(example)
    assert batch.refusals == ()
    assert batch.values.tolist() == [1027.0, 3.0]
