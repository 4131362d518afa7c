"""Objectives as code, in OpenSLO: a file a version. Raises Invalid with file and line for all that cannot be read.

A new version is a module with VERSION, KINDS and Slo, and its line in VERSIONS.
"""

from collections.abc import Iterable, Iterator

from app.wire.openslo import v1, v1alpha, v2alpha
from app.wire.openslo.declared import Declared, Read
from app.wire.openslo.documents import Documents
from app.wire.openslo.slo_documents import SloDocument
from app.wire.yaml_nodes import Node, mistake, read_all

__all__ = ["Declared", "Read", "read"]

VERSIONS: dict[str, tuple[tuple[str, ...], type[SloDocument]]] = {
    v1.VERSION: (v1.KINDS, v1.Slo),
    v1alpha.VERSION: (v1alpha.KINDS, v1alpha.Slo),
    v2alpha.VERSION: (v2alpha.KINDS, v2alpha.Slo),
}


def read(texts: Iterable[tuple[str, str]]) -> Read:
    """What (file, text) pairs declare together: YAML or JSON, several documents or lists of them."""
    by_version = {version: Documents(version, kinds) for version, (kinds, _) in VERSIONS.items()}
    for file, text in texts:
        for document in _documents(text, file):
            by_version[_version(document)].add(document, text)
    found = tuple(_declared(by_version))
    _refuse_doubles(found)
    return Read(found, tuple(one for documents in by_version.values() for one in documents.kept()))


def _documents(text: str, file: str) -> Iterator[Node]:
    for node in read_all(text, file=file, name="document"):
        yield from node.items() if node.is_list else [node]


def _version(document: Node) -> str:
    version = dict(document.pairs()).get("apiVersion")
    if version is None or version.text() not in VERSIONS:
        where = document if version is None else version
        raise where.invalid(f"`apiVersion` has to be one of {', '.join(VERSIONS)}.")
    return version.text()


def _declared(by_version: dict[str, Documents]) -> Iterator[Declared]:
    for version, documents in by_version.items():
        _, slo = VERSIONS[version]
        for document in documents.slos():
            yield from slo(document, documents).declared()


def _refuse_doubles(found: Iterable[Declared]) -> None:
    seen: set[str] = set()
    for one in found:
        if one.slug in seen:
            raise mistake(one.file, one.place, f"the objective `{one.slug}` is declared twice.")
        seen.add(one.slug)
