"""The same question for routes that are not FastAPI's: may who asks have this?"""

from collections.abc import Container, Iterable

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import AppError
from app.web import deps, errors, needs
from app.web.needs import Need


class Guard:
    """Pure ASGI, around what one route leads to."""

    def __init__(self, app: ASGIApp, need: Need) -> None:
        self.app = app
        self.need = need

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await deps.admit(HTTPConnection(scope), self.need)
        except AppError as error:
            await errors.answer(scope, errors.problem_of(error))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def before(routes: Iterable[BaseRoute], *, but: Container[str]) -> None:
    """Stand before each route that is not for anybody; those at the paths `but` ask for themselves."""
    for route in routes:
        if isinstance(route, Route) and route.path not in but:
            need = needs.of(route, "GET")
            if need != needs.ANYBODY:
                route.app = Guard(route.app, need)
