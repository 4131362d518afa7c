"""Examples of a recipe, one line each: a series as a program writes it, and what the recipe makes of it.

    http_requests_total{job="shop",code="500"} -> shop: requests, errors
    http.server.request.duration{service.name="shop"} histogram -> shop: requests, duration
    http_request_size_bytes_sum{job="shop"} -> nothing

The word after the series is its shape (value when there is none) or the kind its sender declares (counter, gauge).
"""

import re

from app.domain.errors import AppError
from app.domain.recipe_rules import Example
from app.domain.series import Kind, SeriesKey, Shape, series_key
from app.wire.yaml_nodes import Node

_LINE = re.compile(r"(?P<series>[^{\s]+(?:\{.*\})?)(?:\s+(?P<word>[a-z_]+))?\s+->\s+(?P<gives>\S.*)")
_SERIES = re.compile(r"(?P<metric>[^{]+)(?:\{(?P<labels>.*)\})?")
_LABEL = re.compile(r'\s*([^=,{}\s]+)="((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_HINT = 'For example: http_requests_total{job="shop",code="500"} -> shop: requests, errors'


def example(node: Node) -> Example:
    line = _LINE.fullmatch(node.text())
    if line is None:
        raise node.invalid("An example is a series, `->`, and what it gives.", hint=_HINT)
    return Example(_key(node, line["series"], line["word"] or "value"), line["gives"].strip(), node.line)


def _key(node: Node, series: str, word: str) -> SeriesKey:
    parts = _SERIES.fullmatch(series)
    text = (parts["labels"] or "") if parts else ""
    labels = _LABEL.findall(text)
    if parts is None or _LABEL.sub("", text).strip():
        raise node.invalid("The labels of an example are written as Prometheus writes them.", hint=_HINT)
    if word not in (*Shape, *Kind):
        raise node.invalid(f"An example's shape is one of {', '.join((*Shape, *Kind))}, not {word}.", hint=_HINT)
    pairs = [(name, re.sub(r"\\(.)", r"\1", value)) for name, value in labels]
    try:
        if word in tuple(Kind):
            return series_key(parts["metric"], pairs, kind=Kind(word))
        return series_key(parts["metric"], pairs, shape=Shape(word))
    except AppError as error:
        raise node.invalid(str(error)) from error
