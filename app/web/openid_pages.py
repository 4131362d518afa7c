"""Signing in at the company's own provider: the way there, and the way back."""

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.actions import openid, sessions, vouching
from app.actions.openid import Client, Provider
from app.config import Settings
from app.domain.errors import Missing
from app.notify import outgoing
from app.notify.outgoing_addresses import ANY_PORT, Policy, Reach
from app.web import deps, times
from app.web.sign_in_pages import Next, caller_of, inside, keeper_of, signed_in

router = APIRouter(include_in_schema=False, dependencies=[deps.ACTOR])

PATH = "/sign-in/oidc"
COOKIE = "burnline_openid"

Word = Annotated[str, Query(max_length=4_000)]


@router.get("/sign-in/oidc")
def leave(burnline: deps.Burnline, now: deps.Now, next: Next = "") -> Response:  # noqa: A002  # its name in the address
    """Send somebody to the provider. Raises Missing when there is none."""
    provider = provider_of(burnline.settings)
    with burnline.store.writing() as db:
        state, held = openid.begin(db, inside(next), now_ms=times.to_ms(now))
    response = RedirectResponse(provider.address(state, held), 303)
    secure = keeper_of(burnline).is_https
    response.set_cookie(
        COOKIE, held, max_age=openid.TICKET_MS // 1000, path=PATH, secure=secure, httponly=True, samesite="lax"
    )
    return response


@router.get("/sign-in/oidc/callback")
def come_back(
    request: Request, burnline: deps.Burnline, now: deps.Now, code: Word = "", state: Word = "", error: Word = ""
) -> Response:
    """Begin the session of whom the provider means. Raises Invalid when nothing is proved."""
    provider, now_ms = provider_of(burnline.settings), times.to_ms(now)
    held = request.cookies.get(COOKIE, "")
    if error or not code or not state or not held:
        raise openid.refused("error" if error else "incomplete")
    with burnline.store.writing() as db:
        goal = openid.goal_of(db, state, held, now_ms=now_ms)
    found = provider.identity(code, held, now_ms=now_ms)
    with burnline.store.writing() as db:
        person = vouching.vouched(
            db,
            burnline.settings,
            issuer=provider.client.issuer,
            subject=found.subject,
            name=found.name,
            groups=found.groups,
            now_ms=now_ms,
        )
        text = sessions.begin(db, person, caller_of(request), now_ms=now_ms)
    burnline.forget_people()
    response = signed_in(keeper_of(burnline), text, goal)
    response.delete_cookie(COOKIE, path=PATH)
    return response


@lru_cache(maxsize=4)
def provider_of(settings: Settings) -> Provider:
    """The provider that is set. Raises Missing when none is."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        raise Missing("There is no OpenID provider here.", code="no_provider")
    file = settings.oidc_client_secret_file
    secret = "" if file is None else file.read_text(encoding="utf-8").strip()
    client = Client(settings.oidc_issuer, settings.oidc_client_id, secret, f"{settings.public_url}{PATH}/callback")
    policy = Policy(Reach.OUTSIDE, allowed=settings.allow_private_targets, ports=ANY_PORT)
    return Provider(client, outgoing.open_client(policy), groups_claim=settings.oidc_groups_claim)
