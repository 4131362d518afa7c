"""Rows as JSON or as CSV: the two forms of everything that is a table."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import orjson
from starlette.responses import Response

Format = Literal["json", "csv"]

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY


def as_json(content: object, *, status: int = 200) -> Response:
    """Anything orjson can write; NaN becomes null."""
    return Response(orjson.dumps(content, option=OPTIONS), status, media_type="application/json")


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]], *, file: str) -> Response:
    """A header line and the rows; an unknown value is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)  # None becomes an empty field
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
