"""Import contracts that import-linter's own kinds cannot say (see pyproject.toml)."""

import sys
from abc import abstractmethod
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DirectImportContract(Contract):
    """A contract that certain direct imports break."""

    @abstractmethod
    def breaks(self, importer: str, imported: str) -> bool:
        """Whether this one import is against the contract."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - import-linter's
        found = [
            (importer, imported, graph.get_import_details(importer=importer, imported=imported)[0]["line_number"])
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if self.breaks(importer, imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, line in check.metadata["found"]:
            output.print_error(f"- {importer} imports {imported} (line {line})")


class OnlyImportersContract(DirectImportContract):
    """Only modules whose name starts with one of `importers` import `libraries`."""

    type_name = "only_importers"
    libraries = fields.SetField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def breaks(self, importer: str, imported: str) -> bool:
        importers = tuple(cast("list[str]", self.importers))
        return imported in cast("set[str]", self.libraries) and not importer.startswith(importers)


class OnlyLibrariesContract(DirectImportContract):
    """Modules whose name starts with `importer` import `libraries` and the standard library, of it nothing `but`."""

    type_name = "only_libraries"
    importer = fields.StringField()
    libraries = fields.SetField(subfield=fields.StringField())
    but = fields.SetField(subfield=fields.StringField())

    def breaks(self, importer: str, imported: str) -> bool:
        if not importer.startswith(cast("str", self.importer)) or imported.startswith("app."):
            return False
        standard = imported in sys.stdlib_module_names and imported not in cast("set[str]", self.but)
        return not standard and imported not in cast("set[str]", self.libraries)


class FamilyContract(DirectImportContract):
    """Members of a family, modules of `folder`, do not know each other; a member is a first word (text, text_lines).

    `shared` are the modules of the folder that are no members.
    """

    type_name = "family"
    folder = fields.StringField()
    shared = fields.SetField(subfield=fields.StringField())

    def breaks(self, importer: str, imported: str) -> bool:
        one, other = self._member(importer), self._member(imported)
        return bool(one and other) and one != other

    def _member(self, module: str) -> str:
        """The first word of the name below the folder; "" for the registry, for what is shared, for all elsewhere."""
        folder = f"{cast('str', self.folder)}."
        word = module.removeprefix(folder).partition(".")[0].partition("_")[0] if module.startswith(folder) else ""
        return "" if word in cast("set[str]", self.shared) else word
