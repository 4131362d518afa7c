"""The documents of files that belong together, by kind and name, and what each of them must have."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.kept_documents import KeptDocument
from app.wire.yaml_nodes import Node


@dataclass(slots=True)
class Documents:
    """Those of one version."""

    version: str
    kinds: Collection[str]
    found: dict[tuple[str, str], Node] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    referred: set[str] = field(default_factory=set)  # names of SLIs

    def add(self, document: Node, text: str) -> None:
        """Take one of a text. Raises Invalid for a kind the version does not have, or a name that is there twice."""
        kind, name = need(document, "kind"), name_of(document)
        if kind.text() not in self.kinds:
            known = f"Known are: {', '.join(self.kinds)}."
            raise kind.invalid(f"`{kind.text()}` is no kind of {self.version}.", hint=known)
        if (kind.text(), name) in self.found:
            raise document.invalid(f"{kind.text()} `{name}` stands here twice.")
        self.found[kind.text(), name] = document
        self.texts[kind.text(), name] = text

    def slos(self) -> Iterator[Node]:
        return (document for (kind, _), document in self.found.items() if kind == "SLO")

    def sli(self, reference: Node) -> Node:
        """The document that a reference names. Raises Invalid."""
        name = reference.text()
        if ("SLI", name) not in self.found:
            raise reference.invalid(f"there is no SLI `{name}` in what was given.")
        self.referred.add(name)
        return self.found["SLI", name]

    def kept(self) -> Iterator[KeptDocument]:
        """The objects that say nothing to Burnline, as they were written. To be asked after all SLOs have been read."""
        for (kind, name), document in self.found.items():
            if kind != "SLO" and not (kind == "SLI" and name in self.referred):
                yield KeptDocument(kind, name, self.version, document.source(self.texts[kind, name]))


def parts_of(holder: Node) -> Mapping[str, Node]:
    return dict(holder.pairs())


def need(holder: Node, name: str) -> Node:
    """A part that has to be there. Raises Invalid."""
    parts = parts_of(holder)
    if name not in parts:
        raise holder.invalid(f"`{name}` is missing.")
    return parts[name]


def name_of(document: Node) -> str:
    return need(need(document, "metadata"), "name").text()
