"""Prometheus remote write 1.0: prometheus.WriteRequest, decompressed.

The general decoder: complete, and the one that words what is wrong.
https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from google.protobuf.message import DecodeError

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import SampleBatch
from app.wire.limits import MAX_SAMPLES, MAX_SERIES
from app.wire.metrics import remote_write_bounds, remote_write_families, remote_write_plain_v1, remote_write_table
from app.wire.metrics.format import Format
from app.wire.metrics.proto.remote_write_v1_pb2 import Label, MetricMetadata, TimeSeries, WriteRequest
from app.wire.metrics.remote_write_batch import Gathering
from app.wire.metrics.remote_write_families import UNDECLARED, Family
from app.wire.metrics.remote_write_table import SeriesTable, Texts

PROTO = "prometheus.WriteRequest"
PROTO_OF_V2 = "io.prometheus.write.v2.Request"
REQUEST_LIMITS = {1: ("series", MAX_SERIES), 3: ("metadata", MAX_SERIES)}
SERIES_LIMITS = {
    1: ("labels", 1_000),
    2: ("samples", MAX_SAMPLES),
    3: ("exemplars", MAX_SAMPLES),
    4: ("histograms", MAX_SAMPLES),
}


def decode(body: bytes, /, *, table: SeriesTable | None = None) -> SampleBatch:
    """Every sample, histogram and metadata of a request, in its order; exemplars are counted.

    A `table` that is given again lets the next request's series be found and not checked anew.
    Raises Invalid with code `proto_decode` when the bytes are no such message, `proto_mismatch` when they are
    one of remote write 2.0, and TooLarge.
    """
    remote_write_bounds.check_counts(body, REQUEST_LIMITS)
    try:
        request = WriteRequest.FromString(body)
        decoder = _Decoder(request.metadata, table or SeriesTable())
        decoder.take_all(list(request.timeseries), may_know=table is not None and not request.metadata)
    except DecodeError as error:
        raise remote_write_bounds.malformed() from error
    if body and not request.timeseries and not request.metadata:
        raise remote_write_bounds.mismatch(PROTO, PROTO_OF_V2)
    return decoder.gathering.batch()


class _Decoder:
    """What is known while one request is read: the families it declares and the labels it has named."""

    def __init__(self, metadata: Iterable[bytes], table: SeriesTable) -> None:
        self.gathering = Gathering(table)
        self._table = table
        self._families: dict[str, Family] = {}
        self._labels = _LabelTexts()
        for encoded in metadata:
            self._declare(MetricMetadata.FromString(encoded))

    def take_all(self, series: Sequence[bytes], *, may_know: bool) -> None:
        """Adds every TimeSeries, the plain ones in one go where they may be known: where nothing declares them anew."""
        if may_know:
            plain = remote_write_plain_v1.read(series, known=self._table.known_v1, resolve=self._resolve)
            if plain is not None:
                self.gathering.add_plain(plain)
        for row in self.gathering.rows_left(len(series)):
            self.gathering.row = row
            self._take_one(series[row])

    def _take_one(self, encoded: bytes) -> None:
        """Adds one TimeSeries. Raises DecodeError when it is none, TooLarge when the request is over a limit."""
        if len(encoded) > remote_write_bounds.SMALL:
            remote_write_bounds.check_counts(encoded, SERIES_LIMITS)
        series = TimeSeries.FromString(encoded)
        try:
            texts = self._texts(series.labels)
            family = remote_write_families.of_metric(self._families, remote_write_table.metric_name(texts))
            position = self._table.position(texts, family)
        except Invalid as error:
            self.gathering.refuse(
                error, samples=len(series.samples), histograms=len(series.histograms), exemplars=len(series.exemplars)
            )
        else:
            for sample in series.samples:
                self.gathering.add_sample(position, sample.timestamp, sample.value)
            self.gathering.add_histograms(series.histograms, texts=texts, family=family)
            self.gathering.add_exemplars(len(series.exemplars))
            self.gathering.check_room()

    def _texts(self, labels: Sequence[bytes]) -> Texts:
        remote_write_table.check_label_count(len(labels))
        return tuple(chain.from_iterable(map(self._labels.__getitem__, labels)))

    def _resolve(self, labels: bytes) -> int:
        """The position of encoded labels; see remote_write_plain_v1."""
        if len(labels) > remote_write_bounds.SMALL:
            raise TooLarge("Labels as long as these are not remembered.", code="label_too_long")
        series = TimeSeries.FromString(labels)
        if series.samples or series.exemplars or series.histograms:
            raise Invalid("There is more than labels.", code="not_plain")
        return self._table.position(self._texts(series.labels), UNDECLARED)

    def _declare(self, declared: MetricMetadata) -> None:
        word = remote_write_families.type_word(declared.type)
        try:
            metadata = remote_write_families.metadata(
                remote_write_table.text(declared.metric_family_name),
                type=word,
                help=declared.help.decode(errors="replace"),
                unit=declared.unit.decode(errors="replace"),
            )
        except Invalid as error:
            self.gathering.refuse(error)
        else:
            self.gathering.add_metadata(metadata)
            self._families[metadata.metric] = Family(word, metadata.unit)


class _LabelTexts(dict[bytes, tuple[str, str]]):
    """Name and value by encoded Label: most labels stand on many series of a request."""

    def __missing__(self, encoded: bytes) -> tuple[str, str]:
        label = Label.FromString(encoded)
        texts = self[encoded] = (remote_write_table.text(label.name), remote_write_table.text(label.value))
        return texts


FORMAT = Format(
    name="remote_write_1",
    title="Prometheus remote write 1.0",
    path="/api/v1/write",
    content_types=("application/x-protobuf", f"application/x-protobuf;proto={PROTO}"),
    encodings=("snappy",),
    decode=decode,
    docs="What Prometheus, Grafana Alloy, the OpenTelemetry Collector and vmagent send when told to remote-write.",
)
