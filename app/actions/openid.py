"""Signing in at an OpenID provider: the authorization code flow with PKCE.

What must come back unchanged is derived from one random text that only the browser holds; the database has its digest.
Where the provider says its endpoints are is believed only of the issuer that was configured, and everything it answers
is bounded in bytes. Whom it means is its `sub`, never a name or an address.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from app import logs
from app.actions import sessions
from app.domain.errors import AppError, Invalid, Unavailable, Unknown
from app.notify import outgoing
from app.store.engine import Connection

log = logs.get("people")

TICKET = "openid"
TICKET_MS = 600_000
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519")
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 10 * 1024
KNOWN_SECONDS = 3_600.0
SCOPE = "openid profile email"


@dataclass(frozen=True, slots=True)
class Client:
    """What we are called at a provider, and where people come back to."""

    issuer: str
    client_id: str
    secret: str
    back_to: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider means."""

    subject: str
    name: str
    groups: tuple[str, ...]


class Provider:
    """One provider as we know it. Safe to use from several threads."""

    def __init__(self, client: Client, http: httpx2.Client, *, groups_claim: str) -> None:
        self.client = client
        self._http = http
        self._groups_claim = groups_claim
        self._said: tuple[float, dict[str, Any]] | None = None

    def address(self, state: str, held: str) -> str:
        """Where to send somebody who is to sign in. Raises Unavailable."""
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.back_to,
            "scope": SCOPE,
            "state": state,
            "nonce": _derived(held, "nonce"),
            "code_challenge": create_s256_code_challenge(_derived(held, "verifier")),
            "code_challenge_method": "S256",
        }
        endpoint = _text(self._metadata(), "authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def identity(self, code: str, held: str, *, now_ms: int) -> Identity:
        """Who came back with a code. Raises Invalid when the provider's answer proves nothing."""
        answer = self._token(code, held)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str) or len(id_token) > LONGEST_TOKEN:
            raise refused("no id_token")
        keys = jwk.KeySet.import_key_set(self._got(_text(self._metadata(), "jwks_uri")))  # type: ignore[arg-type]
        try:
            token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self.client.issuer},
                    "aud": {"essential": True, "value": self.client.client_id},
                    "nonce": {"essential": True, "value": _derived(held, "nonce")},
                },
                params={"nonce": _derived(held, "nonce"), "client_id": self.client.client_id},
            )
            claims.validate(now=now_ms // 1000, leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise refused(type(error).__name__) from error
        return self._identity(claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        groups = claims.get(self._groups_claim) or []
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        names = (claims.get(name) for name in ("preferred_username", "email", "name"))
        name = next((one for one in names if isinstance(one, str) and one), "")
        return Identity(str(claims["sub"]), name, tuple(str(one) for one in listed))

    def _token(self, code: str, held: str) -> Mapping[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.back_to,
            "client_id": self.client.client_id,
            "code_verifier": _derived(held, "verifier"),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.client.secret:
            pair = f"{quote(self.client.client_id, safe='')}:{quote(self.client.secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        endpoint = _text(self._metadata(), "token_endpoint")
        reply = outgoing.fetch(self._http, "POST", endpoint, headers=headers, content=urlencode(fields).encode())
        if reply.status != 200:
            raise refused(f"token endpoint {reply.status}")
        return _object(reply.body)

    def _metadata(self) -> Mapping[str, Any]:
        if self._said is None or monotonic() - self._said[0] > KNOWN_SECONDS:
            found = self._got(f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.client.issuer:
                raise Unavailable("The OpenID provider calls itself by another name.", code="issuer_differs")
            self._said = (monotonic(), dict(found))
        return self._said[1]

    def _got(self, url: str) -> Mapping[str, Any]:
        reply = outgoing.fetch(self._http, "GET", url)
        if reply.status != 200:
            raise Unavailable(f"The OpenID provider answered {reply.status}.", code="provider_failed")
        return _object(reply.body)


def begin(db: Connection, goal: str, *, now_ms: int) -> tuple[str, str]:
    """The state of a sign-in that begins, and what the browser has to hold until it comes back."""
    held = secrets.token_urlsafe(32)
    body = json.dumps({"goal": goal, "held": hashlib.sha256(held.encode()).hexdigest()})
    return sessions.ticket(db, TICKET, body=body, until_ms=now_ms + TICKET_MS), held


def goal_of(db: Connection, state: str, held: str, *, now_ms: int) -> str:
    """Where somebody was going who comes back with that state. Raises Invalid when it is not this browser's."""
    try:
        told = json.loads(sessions.used(db, TICKET, state, now_ms=now_ms).body)
    except Unknown as error:
        raise refused("state") from error
    if not hmac.compare_digest(told["held"], hashlib.sha256(held.encode()).hexdigest()):
        raise refused("another browser")
    return str(told["goal"])


def refused(reason: str) -> AppError:
    """A sign-in that proves nothing; why stands in the log alone."""
    log.warning("openid_sign_in_refused", reason=reason)
    return Invalid("Signing in there did not work. Try again.", code="login_failed")


def _derived(held: str, what: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(held.encode(), what.encode(), "sha256")).decode().rstrip("=")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise refused("no JSON") from error
    if not isinstance(found, dict):
        raise refused("no object")
    return found


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise Unavailable(f"The OpenID provider does not say its {name}.", code="provider_failed")
    return found
