"""Sending described operations what their description allows, and what not."""

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation, BaseSchema

TRANSIENT = 503


@schemathesis.serializer("application/x-protobuf", "application/openmetrics-text")
def as_bytes(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


def feed_all(
    described: BaseSchema,
    mode: GenerationMode,
    *,
    examples: int,
    headers: Sequence[Mapping[str, str]] = ({},),
    there: Mapping[str, str] | None = None,
) -> int:
    """Send every operation so many requests, each with all these headers in turn; gives how many operations took some.

    `there` are names of what exists.
    """
    tried = 0
    with asgi.get_client(described.app) as client:
        for found in described.get_all_operations():
            assert isinstance(found, Ok)
            try:
                _feed(found.ok(), mode, examples, headers, there or {}, client)
            except Unsatisfiable:
                continue  # it takes nothing that could be wrong
            tried += 1
    return tried


def _feed(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    headers: Sequence[Mapping[str, str]],
    there: Mapping[str, str],
    client: asgi.ASGIClient,
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode), is_there=st.booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case[Any], is_there: bool) -> None:
        if is_there:
            case.path_parameters.update({name: there[name] for name in case.path_parameters if name in there})
        for one in headers:
            case.headers.update(one)
            response = case.call(session=client)
            is_ours = response.status_code >= 500 and response.status_code != TRANSIENT
            assert not is_ours, (case.as_curl_command(), response.text)
            for name in one:
                del case.headers[name]

    send()
