"""The import contracts of our own: each is broken by what it forbids, and by nothing else."""

import grimp
import pytest
from importlinter import Contract

from tools import contracts

ONLY_IMPORTERS: dict[str, object] = {"libraries": ["sqlalchemy"], "importers": ["app.store"]}
ONLY_LIBRARIES: dict[str, object] = {"importer": "app.domain", "libraries": ["numpy"], "but": ["time"]}
FAMILY: dict[str, object] = {"folder": "app.wire.metrics", "shared": ["format"]}


def keeps(contract: type[Contract], options: dict[str, object], importer: str, imported: str) -> bool:
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="")
    return contract("contract", {"root_packages": ["app"]}, options).check(graph, verbose=False).kept


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("app.store.series", "sqlalchemy", True),
        ("app.reports.overview", "sqlalchemy", False),
        ("app.reports.overview", "numpy", True),
    ],
)
def test_a_library_has_its_importers(importer: str, imported: str, *, kept: bool) -> None:
    assert keeps(contracts.OnlyImportersContract, ONLY_IMPORTERS, importer, imported) is kept


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("app.domain.series", "numpy", True),
        ("app.domain.series", "hashlib", True),
        ("app.domain.series", "app.domain.errors", True),
        ("app.domain.series", "time", False),
        ("app.domain.series", "orjson", False),
        ("app.web.ingest", "orjson", True),
    ],
)
def test_a_layer_has_its_libraries(importer: str, imported: str, *, kept: bool) -> None:
    assert keeps(contracts.OnlyLibrariesContract, ONLY_LIBRARIES, importer, imported) is kept


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("app.wire.metrics.text", "app.wire.metrics.otlp", False),
        ("app.wire.metrics.text", "app.wire.metrics.otlp.points", False),
        ("app.wire.metrics.text_lines", "app.wire.metrics.text", True),
        ("app.wire.metrics.otlp.points", "app.wire.metrics.otlp.values", True),
        ("app.wire.metrics.text", "app.wire.metrics.format", True),
        ("app.wire.metrics", "app.wire.metrics.text", True),
        ("app.wire.metrics.text", "app.wire.limits", True),
    ],
)
def test_members_of_a_family_do_not_know_each_other(importer: str, imported: str, *, kept: bool) -> None:
    assert keeps(contracts.FamilyContract, FAMILY, importer, imported) is kept
