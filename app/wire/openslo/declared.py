"""What a file of objectives declares, whatever version it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.errors import AppError, Invalid
from app.domain.json_values import Fields
from app.domain.kept_documents import KeptDocument
from app.wire.yaml_nodes import Place, mistake


@dataclass(frozen=True, slots=True)
class Declared:
    """One objective as fields (see domain.slo_fields), with where they stand, by the start of their names.

    `warnings` are sentences about what was read otherwise than it is written.
    """

    file: str
    place: Place
    fields: Fields
    places: Mapping[str, Place] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return str(self.fields["slo"])

    def placed(self, error: AppError) -> Invalid:
        """The same error with the place in the file of the field it names."""
        known = [name for name in self.places if (error.field or "").startswith(name)]
        at = self.places[max(known, key=len)] if known else self.place
        return mistake(self.file, at, f"{self.slug}: {error}", code=error.code, hint=error.hint)


@dataclass(frozen=True, slots=True)
class Read:
    """Everything in some texts: objectives, and objects that Burnline has no use for."""

    objectives: tuple[Declared, ...]
    kept: tuple[KeptDocument, ...] = ()
