"""The only way out: every request this program makes goes through a client opened here.

The address is judged at connect time, when it is final, and that very address is connected to: a name that resolves to
another address the second time gains nothing. Redirects, proxies and the environment are not followed, an answer is
bounded in bytes and a whole call, name resolution apart, in time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic

import httpcore2
import httpx2

from app.domain.errors import Invalid, TooLarge, Unavailable
from app.domain.series import clip
from app.notify import outgoing_transport
from app.notify.outgoing_addresses import Policy
from app.notify.outgoing_transport import DEADLINE, DEADLINE_SECONDS, Resolve

USER_AGENT = "Burnline"
ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` are found under any spelling; `body` is as sent, its Content-Encoding not undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_client(policy: Policy, *, resolve: Resolve = outgoing_transport.resolve) -> httpx2.Client:
    """A client that reaches what the policy allows. Safe to use from several threads; close it in the end."""
    return httpx2.Client(
        transport=outgoing_transport.Transport(policy, resolve),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
    )


def fetch(
    client: httpx2.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    deadline_seconds: float = DEADLINE_SECONDS,
    limit_bytes: int = ANSWER_BYTES,
) -> Reply:
    """Make one call.

    Raises Invalid when the URL or the address behind it may not be called, TooLarge when the answer is over the limit
    and Unavailable when there was no complete answer in time. Any status is an answer.
    """
    with _worded(url, deadline_seconds):
        parts = httpx2.URL(url)
        if parts.scheme not in ("http", "https") or not parts.host:
            raise httpx2.UnsupportedProtocol("it is not http://host or https://host")
        with client.stream(
            method, url, headers=headers, content=content, extensions={DEADLINE: monotonic() + deadline_seconds}
        ) as response:
            body = _bounded(response.iter_raw(), limit_bytes)
        return Reply(response.status_code, response.headers, body)


def _bounded(parts: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > limit:
            raise TooLarge(f"The answer is longer than {limit} bytes.", code="answer_too_large")
    return bytes(body)


@contextmanager
def _worded(url: str, seconds: float) -> Iterator[None]:
    """Turns the client's exceptions into ours, which a user may read."""
    place = _place(url)
    try:
        yield
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise Invalid(f"{place} cannot be called: {error}.", code="url_invalid", field="url") from error
    except (httpx2.TimeoutException, httpcore2.TimeoutException) as error:
        raise Unavailable(f"{place} did not answer within {seconds:g} s.", code="timeout") from error
    except (httpx2.ConnectError, httpcore2.ConnectError) as error:
        raise Unavailable(f"No connection to {place}: {error}.", code="connect_failed") from error
    except (httpx2.HTTPError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise Unavailable(f"{place} broke off its answer: {error}.", code="answer_broken") from error


def _place(url: str) -> str:
    """The host and port of a URL: paths and queries of webhooks hold secrets."""
    authority = url.partition("://")[2] or url
    return clip(re.split(r"[/?#]", authority, maxsplit=1)[0].rpartition("@")[2])
