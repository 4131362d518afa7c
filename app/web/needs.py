"""What each route needs of who asks: one line a route, by its method and its path as it was declared.

A route without a line here stops the start. To add one: the scope that it takes, and for a change the parameter of the
path that names what is changed, so that an editor changes only what belongs to their teams or to nobody. Where the body
says what is changed, the route itself asks `deps.answer_for`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from starlette.routing import BaseRoute

from app.domain.people import Scope


@dataclass(frozen=True, slots=True)
class Need:
    """`scope` None: anybody. `opens` is the word by which a page is opened without the scope, see `Actor.extras`;
    parameters of the path are put into it.

    `of` is the parameter of the path that names what is changed: a slo, a service or a ledger entry. `person` is true
    for what somebody has to be signed in for, whatever they may.
    """

    scope: Scope | None
    opens: str = ""
    of: str = ""
    person: bool = False


ANYBODY = Need(None)
SELF = Need(None, person=True)
INGEST = Need(Scope.INGEST)
READ = Need(Scope.READ)
WRITE = Need(Scope.WRITE)
ADMIN = Need(Scope.ADMIN)
BADGE = replace(READ, opens="badges")
STATUS = replace(READ, opens="status")
WALL = replace(READ, opens="wall {name}")
OF_SERVICE = replace(WRITE, of="service")
OF_SLO = replace(WRITE, of="slo")
OF_ENTRY = replace(WRITE, of="entry")
OF_NUMBER = replace(WRITE, of="number")

NEEDS: dict[str, Need] = {
    # operations and files
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": READ,
    "GET /static/{hash}/{name:path}": ANYBODY,
    "GET /openapi.json": READ,
    "GET /api/docs": READ,
    # samples
    "POST /api/v1/write": INGEST,
    "POST /v1/metrics": INGEST,
    "POST /otlp/v1/metrics": INGEST,
    "POST /api/v1/import/prometheus": INGEST,
    "POST /api/samples": INGEST,
    # the live channel
    "GET /live": READ,
    "GET /live/poll": READ,
    # services
    "GET /": READ,
    "GET /overview/services": READ,
    "GET /overview/progress": READ,
    "GET /overview/changed": READ,
    "GET /changed": READ,
    "GET /search": READ,
    "GET /api/search": READ,
    "GET /services/{service:path}": READ,
    "GET /services/{service:path}/head": READ,
    "GET /services/{service:path}/badge.svg": BADGE,
    "GET /api/services": READ,
    "GET /api/services/{service:path}": READ,
    "GET /api/services/{service:path}/signals": READ,
    "GET /api/series": READ,
    "GET /api/changes": READ,
    "POST /api/changes": WRITE,
    "PUT /api/demo/progress": ADMIN,
    # objectives
    "GET /slos": READ,
    "GET /slos/list": READ,
    "GET /slos/new": WRITE,
    "GET /slos/proposals": READ,
    "GET /slos/{slo}": READ,
    "GET /slos/{slo}/badge.svg": BADGE,
    "GET /slos/{slo}/edit": OF_SLO,
    "GET /slos/{slo}/head": READ,
    "GET /slos/{slo}/spending": READ,
    "GET /slos/{slo}/spending/list": READ,
    "POST /slos": WRITE,
    "POST /slos/{slo}": OF_SLO,
    "POST /slos/proposals/{key}/adoption": WRITE,
    "POST /slos/{slo}/ledger": OF_SLO,
    "POST /slos/{slo}/ledger/{number}/reversal": OF_NUMBER,
    "GET /slos/archived": READ,
    "GET /slos/{slo}/archival": OF_SLO,
    "POST /slos/{slo}/archival": OF_SLO,
    "POST /slos/archived/{number}/restoration": WRITE,
    "GET /slos/{slo}/body": READ,
    "GET /slos/{slo}/burns": READ,
    "GET /slos/{slo}/burns/replay": READ,
    "GET /slos/{slo}/periods": READ,
    "GET /slos/{slo}/periods/list": READ,
    "GET /slos/{slo}/why": READ,
    "GET /api/slos": READ,
    "POST /api/slos": WRITE,
    "POST /api/slos/preview": READ,
    "GET /api/slos/{slo}": READ,
    "PUT /api/slos/{slo}": OF_SLO,
    "DELETE /api/slos/{slo}": OF_SLO,
    "GET /api/slos/{slo}/alerts": READ,
    "GET /api/slos/{slo}/budget": READ,
    "GET /api/slos/{slo}/burn": READ,
    "GET /api/slos/{slo}/edits": READ,
    "GET /api/slos/{slo}/gate": READ,
    "GET /api/slos/{slo}/ledger": READ,
    "POST /api/slos/{slo}/ledger": OF_SLO,
    "GET /api/slos/{slo}/periods": READ,
    "GET /api/slos/{slo}/spending": READ,
    "GET /api/proposals": READ,
    "POST /api/proposals/{key}/adoption": WRITE,
    "GET /api/ledger": READ,
    "POST /api/ledger": WRITE,
    "POST /api/ledger/{entry}/reversal": OF_ENTRY,
    "GET /api/openslo": READ,
    "PUT /api/openslo": WRITE,
    # walls
    "GET /wall": READ,
    "GET /wall/{name}": WALL,
    "GET /wall/{name}/live": WALL,
    "GET /wall/{name}/live/poll": WALL,
    "GET /wall/{name}/screen": WALL,
    "GET /api/walls": READ,
    "GET /api/walls/{name}": WALL,
    # the status page
    "GET /status": STATUS,
    "GET /status/state.json": STATUS,
    "GET /status/api/v2/{name:path}.json": STATUS,
    "GET /status/feed.{kind}": STATUS,
    "GET /status/badge.svg": STATUS,
    "GET /status/components/{component}/badge.svg": STATUS,
    "GET /api/status": READ,
    "PUT /api/status": WRITE,
    "GET /api/notices": READ,
    "POST /api/notices": WRITE,
    "GET /api/notices/{notice}": READ,
    "POST /api/notices/{notice}/updates": WRITE,
    "GET /settings/status": READ,
    "POST /settings/status": WRITE,
    "POST /settings/status/services/{service:path}": OF_SERVICE,
    "POST /settings/status/notices": WRITE,
    "POST /settings/status/notices/{notice}/updates": WRITE,
    # screens
    "GET /s/{token}": ANYBODY,
    "GET /settings/screens": ADMIN,
    "POST /settings/screens": ADMIN,
    "POST /settings/screens/calls": ADMIN,
    "POST /settings/screens/{screen}/revocation": ADMIN,
    "GET /api/screens": ADMIN,
    "POST /api/screens": ADMIN,
    "POST /api/screens/calls": ADMIN,
    "POST /api/screens/{screen}/revocation": ADMIN,
    # settings
    "GET /settings": READ,
    "GET /troubles": READ,
    "GET /settings/health": READ,
    "GET /api/settings/health": READ,
    "GET /settings/audit": ADMIN,
    "GET /api/audit": ADMIN,
    "GET /settings/recipes": READ,
    "GET /settings/people": ADMIN,
    "POST /settings/people": ADMIN,
    "POST /settings/people/{person}": ADMIN,
    "POST /settings/people/{person}/invitation": ADMIN,
    "GET /settings/tokens": ADMIN,
    "POST /settings/tokens": ADMIN,
    "POST /settings/tokens/{token}/revocation": ADMIN,
    # oneself
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/oidc": ANYBODY,
    "GET /sign-in/oidc/callback": ANYBODY,
    "POST /sign-out": ANYBODY,
    "GET /setup/{ticket}": ANYBODY,
    "POST /setup/{ticket}": ANYBODY,
    "GET /account": SELF,
    "POST /account/password": SELF,
    "POST /account/tokens": SELF,
    "POST /account/tokens/{token}/revocation": SELF,
    "POST /account/sessions/{number}/end": SELF,
}


class Undeclared(Exception):
    """Routes of which nobody says what they need."""


def names(routes: Iterable[BaseRoute]) -> list[str]:
    """Every route as it is written here; HEAD is GET."""
    return [
        f"{method} {getattr(route, 'path', '?')}"
        for route in routes
        for method in sorted(getattr(route, "methods", None) or ("?",))
        if method != "HEAD"
    ]


def check(routes: Iterable[BaseRoute]) -> None:
    """Raises Undeclared when there is a route without a line."""
    missing = sorted(set(names(routes)) - NEEDS.keys())
    if missing:
        raise Undeclared(f"Say in app/web/needs.py what these routes need of who asks: {', '.join(missing)}")


def of(route: object, method: str) -> Need:
    """What a route needs. Raises KeyError when nobody says so."""
    return NEEDS[f"{'GET' if method == 'HEAD' else method} {getattr(route, 'path', '?')}"]
