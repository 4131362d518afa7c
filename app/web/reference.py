"""The API reference as a page. FastAPI's own loads scripts from a foreign host: the Content-Security-Policy forbids it,
and that host would know who looks.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web import deps, render
from app.web.openapi import Json

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter on the page."""

    name: str
    place: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on the page; `body` are the content types it takes, `answers` status and description."""

    method: str
    path: str
    description: str
    body: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]


@router.get("/api/docs", include_in_schema=False, dependencies=[deps.STATE])
async def docs(request: Request) -> Response:
    """The API reference."""
    return render.page(request, "docs/page.html", groups=_groups(request.app.openapi()))


def _groups(described: Json) -> dict[str, list[Operation]]:
    """Operations by tag, in the order they are described."""
    groups: dict[str, list[Operation]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["reading"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    return groups


def _operation(method: str, path: str, described: Json) -> Operation:
    parameters = (
        Parameter(one["name"], one["in"], one.get("required", False), one.get("description", ""))
        for one in described.get("parameters", [])
    )
    answers = ((status, answer["description"]) for status, answer in described["responses"].items())
    text = described.get("description") or described["summary"]
    body = described.get("requestBody", {}).get("content", {})
    return Operation(method.upper(), path, text, tuple(body), tuple(parameters), tuple(answers))
