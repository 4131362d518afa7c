"""Every metric format that is spoken: name -> Format. Each entry stands in its own module as FORMAT."""

from app.wire.metrics import otlp, remote_write_v1, remote_write_v2
from app.wire.metrics.format import Format

FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        remote_write_v1.FORMAT,
        remote_write_v2.FORMAT,
        otlp.PROTOBUF,
        otlp.JSON,
    )
}
