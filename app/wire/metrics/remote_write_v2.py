"""Prometheus remote write 2.0: io.prometheus.write.v2.Request, decompressed.

https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
"""

from collections.abc import Sequence
from functools import cached_property
from operator import itemgetter

from google.protobuf.message import DecodeError

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import Metadata as FamilyMetadata
from app.domain.samples import SampleBatch
from app.domain.series import clip
from app.wire.limits import MAX_SAMPLES, MAX_SERIES
from app.wire.metrics import remote_write_bounds, remote_write_families, remote_write_plain_v2, remote_write_table
from app.wire.metrics.format import Format
from app.wire.metrics.proto.remote_write_v2_pb2 import Exemplar, Metadata, Request, TimeSeries
from app.wire.metrics.remote_write_batch import Gathering
from app.wire.metrics.remote_write_families import UNDECLARED, Family
from app.wire.metrics.remote_write_table import SEPARATOR, SeriesTable, Texts

REPLACED = "\N{REPLACEMENT CHARACTER}"
PROTO = "io.prometheus.write.v2.Request"
PROTO_OF_V1 = "prometheus.WriteRequest"
REQUEST_LIMITS = {4: ("symbols", 500_000), 5: ("series", MAX_SERIES)}
MAX_REFS_BYTES = 10_000  # MAX_LABELS of them, each as long as a reference can be, are a tenth of it
SERIES_LIMITS = {2: ("samples", MAX_SAMPLES), 3: ("histograms", MAX_SAMPLES), 4: ("exemplars", MAX_SAMPLES)}


def decode(body: bytes, /, *, table: SeriesTable | None = None) -> SampleBatch:
    """Every sample, histogram and metadata of a request, in its order; exemplars are counted.

    A `table` that is given again lets the next request's series be found and not checked anew.
    Raises Invalid with code `proto_decode` when the bytes are no such message, `proto_mismatch` when they are
    one of remote write 1.0, `symbols_invalid` when the symbols do not start with "", and TooLarge.
    """
    remote_write_bounds.check_counts(body, REQUEST_LIMITS)
    try:
        request = Request.FromString(body)
        if body and not request.symbols and not request.timeseries:
            raise remote_write_bounds.mismatch(PROTO, PROTO_OF_V1)
        if body and (not request.symbols or request.symbols[0]):
            raise _bad_symbols("The first symbol is not the empty string")
        decoder = _Decoder(list(request.symbols), table or SeriesTable())
        decoder.take_all(list(request.timeseries), may_know=table is not None)
    except DecodeError as error:
        raise remote_write_bounds.malformed() from error
    return decoder.gathering.batch()


class _Decoder:
    """What is known while one request is read: its symbols, and the families it has declared so far."""

    def __init__(self, symbols: Sequence[bytes], table: SeriesTable) -> None:
        self.gathering = Gathering(table)
        self._table = table
        self._encoded = symbols
        self._families: dict[tuple[str, int, int, int], tuple[Family, FamilyMetadata | None]] = {}

    def take_all(self, series: Sequence[bytes], *, may_know: bool) -> None:
        """Adds every TimeSeries, the plain ones in one go where they may be known."""
        if may_know:
            known = self._table.known_v2
            plain = remote_write_plain_v2.read(series, self._encoded, known=known, resolve=self._resolve)
            if plain is not None:
                self.gathering.add_plain(plain)
        for row in self.gathering.rows_left(len(series)):
            self.gathering.row = row
            self._take_one(series[row])

    def _take_one(self, encoded: bytes) -> None:
        """Adds one TimeSeries. Raises DecodeError when it is none, TooLarge when the request is over a limit."""
        if len(encoded) > remote_write_bounds.SMALL:
            _check_size(encoded)
        series = TimeSeries.FromString(encoded)
        try:
            texts = self._texts(series.labels_refs)
            if series.samples and series.histograms:
                raise _mixed(texts)
            family, metadata = self._family(series, texts)
            position = self._table.position(texts, family)
        except Invalid as error:
            self.gathering.refuse(
                error, samples=len(series.samples), histograms=len(series.histograms), exemplars=len(series.exemplars)
            )
        else:
            if metadata:
                self.gathering.add_metadata(metadata)
            self._take_samples(series, position)
            self.gathering.add_histograms(
                series.histograms, texts=texts, family=family, start_ms=series.created_timestamp
            )
            for exemplar in series.exemplars:
                self._take_exemplar(exemplar, series=position)
            self.gathering.check_room()

    def _take_samples(self, series: TimeSeries, position: int) -> None:
        for sample in series.samples:
            start_ms = sample.start_timestamp or series.created_timestamp
            self.gathering.add_sample(position, sample.timestamp, sample.value, start_ms=start_ms)

    def _take_exemplar(self, encoded: bytes, *, series: int) -> None:
        """Exemplars are checked and counted, not kept."""
        try:
            if len(encoded) > remote_write_bounds.SMALL:
                raise TooLarge("An exemplar is too long.", code="exemplar_too_long")
            self._texts(Exemplar.FromString(encoded).labels_refs)
        except Invalid as error:
            self.gathering.refuse(error, series=series, exemplars=1)
        else:
            self.gathering.add_exemplars(1)

    def _texts(self, refs: Sequence[int]) -> Texts:
        """The names and values that references stand for."""
        if not refs:
            return ()
        remote_write_table.check_label_count(len(refs) // 2)
        if len(refs) % 2:
            raise _bad_symbols("A series has a label name without a value among its references")
        try:
            texts: Texts = itemgetter(*refs)(self._symbols)
        except IndexError:
            raise _bad_symbols(f"A series refers to symbol {max(refs)} of {len(self._symbols)}") from None
        if self._is_suspect:
            for ref in refs:
                remote_write_table.text(self._encoded[ref])
        return texts

    def _family(self, series: TimeSeries, texts: Texts) -> tuple[Family, FamilyMetadata | None]:
        """What the series' metadata says of its family."""
        if not series.HasField("metadata"):
            return UNDECLARED, None
        declared = series.metadata
        metric = remote_write_table.metric_name(texts)
        asked = (metric, declared.type, declared.help_ref, declared.unit_ref)
        found = self._families.get(asked)
        if found is None:
            found = self._families[asked] = self._declare(metric, declared)
        return found

    def _declare(self, metric: str, declared: Metadata) -> tuple[Family, FamilyMetadata | None]:
        word = remote_write_families.type_word(declared.type)
        try:
            help_text, unit = self._symbols[declared.help_ref], self._symbols[declared.unit_ref]
        except IndexError:
            raise _bad_symbols(f"The metadata of {clip(metric)} refers to no symbol") from None
        name = remote_write_families.family_name(metric, word)
        metadata = remote_write_families.metadata(name, type=word, help=help_text, unit=unit)
        says_something = word != remote_write_families.UNKNOWN or help_text or unit
        return Family(word, metadata.unit), metadata if says_something else None

    def _resolve(self, encoded: bytes) -> tuple[int, FamilyMetadata | None]:
        """Position and family of a series; see remote_write_plain_v2."""
        series = TimeSeries.FromString(encoded)
        texts = self._texts(series.labels_refs)
        family, metadata = self._family(series, texts)
        return self._table.position(texts, family), metadata

    @cached_property
    def _symbols(self) -> list[str]:
        return [symbol.decode(errors="replace") for symbol in self._encoded]

    @cached_property
    def _is_suspect(self) -> bool:
        """Whether some symbol may be no legal text."""
        joined = "".join(self._symbols)
        return REPLACED in joined or SEPARATOR in joined


def _check_size(encoded: bytes) -> None:
    remote_write_bounds.check_counts(encoded, SERIES_LIMITS)
    if sum(length for number, length in remote_write_bounds.fields(encoded) if number == 1) > MAX_REFS_BYTES:
        raise TooLarge("A series has thousands of labels.", code="too_many_labels")


def _mixed(texts: Texts) -> Invalid:
    metric = clip(remote_write_table.metric_name(texts))
    return Invalid(f"{metric} has samples and histograms in one series.", code="series_mixed")


def _bad_symbols(what: str) -> Invalid:
    return Invalid(f"{what}.", code="symbols_invalid", field="symbols")


FORMAT = Format(
    name="remote_write_2",
    title="Prometheus remote write 2.0",
    path="/api/v1/write",
    content_types=(f"application/x-protobuf;proto={PROTO}",),
    encodings=("snappy",),
    decode=decode,
    docs="The same senders when told protobuf_message io.prometheus.write.v2.Request: types, units and starts inline.",
)
