"""What stands beside objectives in files and says nothing to Burnline: kept as it was written, to be given back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """An object of some version; `body` is its text."""

    kind: str
    name: str
    api_version: str
    body: str

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"
