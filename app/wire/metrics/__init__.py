"""Every metric format that is spoken: name -> Format. Each entry stands in its own module as FORMAT."""

from app.wire.metrics import json_samples, otlp, remote_write_v1, remote_write_v2, text
from app.wire.metrics.format import Format

FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        remote_write_v1.FORMAT,
        remote_write_v2.FORMAT,
        otlp.PROTOBUF,
        otlp.JSON,
        text.FORMAT,
        json_samples.FORMAT,
    )
}
