"""Objectives as code, in OpenSLO: one file a version. Raises Invalid with file and line for all that cannot be read."""

from collections.abc import Iterable

from app.wire.openslo import v1
from app.wire.openslo.declared import Declared, Read
from app.wire.yaml_nodes import Node, read_all

__all__ = ["Declared", "Read", "read"]


def read(texts: Iterable[tuple[str, str]]) -> Read:
    """What (file, text) pairs declare together: YAML or JSON, several documents or lists of them."""
    objects = v1.Objects()
    for file, text in texts:
        for document in _documents(text, file):
            version = dict(document.pairs()).get("apiVersion")
            if version is None or version.text() != v1.VERSION:
                where = document if version is None else version
                raise where.invalid(f"`apiVersion` has to be {v1.VERSION}.")
            objects.add(document)
    return Read(tuple(objects.declared()), tuple(objects.unused()))


def _documents(text: str, file: str) -> Iterable[Node]:
    for node in read_all(text, file=file, name="document"):
        yield from node.items() if node.is_list else [node]
