"""YAML that people write by hand, read strictly: every refusal names file, line and column, and what would do.

Nothing is constructed from the text (no tags, no objects) and no anchors are followed, so a text cannot be made to
grow while it is read.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import yaml

from app.domain.errors import Invalid, TooLarge

MAX_TEXT_BYTES = 1 << 20
MAX_DEPTH = 20
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|$)")  # what YAML counts as lines

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times faster


class Mark(Protocol):
    """Where a loader is, libyaml's or Python's; both from 0 on."""

    line: int
    column: int


class Place(NamedTuple):
    """Both from 1 on."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a text, with where it stands and what it is called."""

    file: str
    path: str
    node: yaml.Node

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def place(self) -> Place:
        return _place(self.node.start_mark)

    def invalid(self, message: str, *, hint: str | None = None) -> Invalid:
        """What to raise when this value will not do."""
        return mistake(self.file, self.place, message, hint=hint)

    def text(self, *, example: str = "") -> str:
        """A word, sentence or number, as written."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag.endswith((":bool", ":null")):
            raise self.invalid(f"`{self.path}` must be text.", hint=_such_as(self.path, example))
        return str(self.node.value)

    def number(self, *, example: str = "") -> int:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith(":int"):
            raise self.invalid(f"`{self.path}` must be a whole number.", hint=_such_as(self.path, example))
        return int(self.node.value)

    def flag(self) -> bool:
        if not self.is_flag:
            raise self.invalid(f"`{self.path}` must be true or false.")
        return str(self.node.value).lower() in ("true", "yes", "on")

    @property
    def is_flag(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag.endswith(":bool")

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def source(self, text: str) -> str:
        """What was written for it in the text it was read from, less the indentation of its first line."""
        start, end = self.node.start_mark, self.node.end_mark
        lines = _LINE.findall(text)[start.line : end.line + 1]
        lines[-1] = lines[-1][: end.column] if end.line - start.line + 1 == len(lines) else lines[-1]
        lines[0] = lines[0][start.column :]
        return "".join(lines[:1] + [line.removeprefix(" " * start.column) for line in lines[1:]]).rstrip()

    def items(self, *, example: str = "") -> list["Node"]:
        """The members of a list; a single value is a list of one."""
        if isinstance(self.node, yaml.MappingNode):
            raise self.invalid(f"`{self.path}` must be a list.", hint=_such_as(self.path, example))
        members = self.node.value if isinstance(self.node, yaml.SequenceNode) else [self.node]
        return [Node(self.file, self.path, member) for member in members]

    def pairs(self, *, example: str = "") -> Iterator[tuple[str, "Node"]]:
        """Names and values in the order written."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.invalid(f"`{self.path}` must be names with values.", hint=_such_as(self.path, example))
        seen: set[str] = set()
        for key, value in self.node.value:
            name = Node(self.file, self.path, key).text()
            if name in seen:
                raise Node(self.file, name, key).invalid(f"`{name}` stands here twice.")
            seen.add(name)
            yield name, Node(self.file, name, value)

    def fields(self, known: Collection[str], *, example: str = "") -> dict[str, "Node"]:
        """Values by name, each of a known name."""
        found = {}
        for name, value in self.pairs(example=example):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(known)}."
                raise value.invalid(f"`{name}` is not known in `{self.path}`.", hint=hint)
            found[name] = value
        return found


def mistake(file: str, at: Place, message: str, *, hint: str | None = None, code: str = "text_invalid") -> Invalid:
    """A refusal that names its place."""
    text = f"{file}, line {at.line}, column {at.column}: {message}"
    return Invalid(text, code=code, field=f"{file}:{at.line}:{at.column}", hint=hint)


def read(text: str, *, file: str, name: str) -> Node | None:
    """The root of a text, None when it is empty. Raises Invalid when it is no YAML or uses what is not followed."""
    found = read_all(text, file=file, name=name)
    if len(found) > 1:
        raise found[1].invalid("there is a second document; one is read.")
    return found[0] if found else None


def read_all(text: str, *, file: str, name: str) -> list[Node]:
    """The roots of the documents in a text, empty ones left out. Raises Invalid as `read` does. JSON is YAML too."""
    if len(text) > MAX_TEXT_BYTES:
        raise TooLarge(f"{file} is longer than {MAX_TEXT_BYTES} characters.", code="text_invalid", field=file)
    try:
        _refuse_tricks(text, file)
        nodes: list[yaml.Node | None] = list(yaml.compose_all(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise mistake(file, _place(error.problem_mark), f"this is no YAML: {error.problem}.") from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise mistake(file, Place(), f"this is no YAML: {str(error).splitlines()[0]}.") from error
    return [Node(file, name, node) for node in nodes if node is not None and not _is_empty(node)]


def _refuse_tricks(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        tagged = getattr(event, "tag", None)
        anchored = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
        if depth > MAX_DEPTH or tagged or anchored:
            what = "a tag (!)" if tagged else "an anchor (& or *)" if anchored else f"more than {MAX_DEPTH} levels"
            raise mistake(file, _place(event.start_mark), f"{what} is not read here; write the value out.")


def _is_empty(node: yaml.Node) -> bool:
    """What stands between two lines of --- with nothing between them, or after the last."""
    return isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null") and not node.value


def _place(mark: Mark | None) -> Place:
    return Place() if mark is None else Place(mark.line + 1, mark.column + 1)


def _such_as(path: str, example: str) -> str | None:
    return f"For example: {path}: {example}" if example else None
