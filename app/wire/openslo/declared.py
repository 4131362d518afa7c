"""What a file of objectives declares, whatever version it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.errors import AppError, Invalid
from app.domain.json_values import Fields


@dataclass(frozen=True, slots=True)
class Declared:
    """One objective as fields (see domain.slo_fields), with the lines they stand on, by the start of their names.

    `warnings` are sentences about what was read otherwise than it is written.
    """

    file: str
    line: int
    fields: Fields
    lines: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return str(self.fields["slo"])

    def placed(self, error: AppError) -> Invalid:
        """The same error with the place in the file of the field it names."""
        known = [name for name in self.lines if (error.field or "").startswith(name)]
        line = self.lines[max(known, key=len)] if known else self.line
        message = f"{self.file}, line {line}: {self.slug}: {error}"
        return Invalid(message, code=error.code, field=f"{self.file}:{line}", hint=error.hint)


@dataclass(frozen=True, slots=True)
class Read:
    """Everything in one text: its objectives, and the names of objects that Burnline has no use for."""

    objectives: tuple[Declared, ...]
    unused: tuple[str, ...] = ()
