"""What was filled into a form, as browsers send it."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.domain.errors import Invalid

MOST_FIELDS = 150


async def form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Invalid for what no browser sends."""
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid("That is no form of ours.", code="form_invalid") from error
    return dict(pairs)


Filled = Annotated[dict[str, str], Depends(form)]
