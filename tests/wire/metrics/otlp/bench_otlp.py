"""Points per CPU second, with a kept table and without: `python -m tests.wire.metrics.otlp.bench_otlp`."""

from time import process_time

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, MetricsData

from app.domain.samples import SampleBatch
from app.wire.metrics import otlp
from app.wire.metrics.otlp.series_table import SeriesTable
from tests.wire.metrics.otlp.exports import CUMULATIVE, TIMES, Value, attributes, export

SERIES = 10_000
ROUNDS = 5
BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
RESOURCE: dict[str, Value] = {"service.name": "checkout", "service.instance.id": "web-1", "host.name": "web-1"}


def main() -> None:
    for kind, made in (("histogram", histograms()), ("sum", sums())):
        for encoding, body in (
            ("protobuf", made.SerializeToString()),
            ("JSON", MessageToJson(made, indent=None).encode()),
        ):
            for table in (SeriesTable(), None):
                seconds = min(spent(body, encoding, table) for _ in range(ROUNDS))
                kept = "kept table" if table else "new table"
                print(f"{kind:10} {encoding:9} {kept:11} {SERIES / seconds:10,.0f} points per CPU second")


def spent(body: bytes, encoding: str, table: SeriesTable | None) -> float:
    decode = otlp.decode_json if encoding == "JSON" else otlp.decode_protobuf
    began = process_time()
    batch: SampleBatch = decode(body, table=table)
    seconds = process_time() - began
    assert len(batch) + len(batch.histograms) == SERIES
    return seconds


def histograms() -> MetricsData:
    metric = Metric(name="http.server.request.duration", unit="s")
    metric.histogram.aggregation_temporality = CUMULATIVE
    for number in range(SERIES):
        metric.histogram.data_points.add(
            count=120, sum=12.5, bucket_counts=range(1, 16), explicit_bounds=BOUNDS, attributes=labels(number), **TIMES
        )
    return export(metric, resource=RESOURCE)


def sums() -> MetricsData:
    metric = Metric(name="http.server.requests")
    metric.sum.aggregation_temporality = CUMULATIVE
    for number in range(SERIES):
        metric.sum.data_points.add(as_int=number, attributes=labels(number), **TIMES)
    return export(metric, resource=RESOURCE)


def labels(number: int) -> list[KeyValue]:
    return attributes(
        {
            "http.request.method": ("GET", "POST")[number % 2],
            "url.scheme": "https",
            "http.route": f"/api/v{number // 8}/items/{{id}}",
            "http.response.status_code": (200, 201, 404, 500)[number // 2 % 4],
            "network.protocol.version": "1.1",
        }
    )


if __name__ == "__main__":
    main()
