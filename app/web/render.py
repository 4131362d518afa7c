"""Templates: one environment, always escaping, failing on a name that is not there.

Numbers and times become text by the functions of `reports.formats`, each a filter of the same name.
"""

from functools import cache

import jinja2
import orjson
from fastapi import Request
from starlette.responses import HTMLResponse, Response

from app.config import asset
from app.reports import formats, slo_words
from app.web import deps
from app.web.static import Static


@cache
def static() -> Static:
    """The shipped static files."""
    return Static(asset("static"))


@cache
def environment() -> jinja2.Environment:
    """Escapes in every template whatever its name: Starlette's own leaves .svg and .txt alone."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.policies["json.dumps_function"] = _json
    made.globals["static_url"] = static().url
    made.globals["words"] = slo_words
    made.filters.update({name: entry for name, entry in vars(formats).items() if _is_format(entry)})
    return made


def text(template: str, **context: object) -> str:
    """A template's text, for what is no page of a request."""
    return environment().get_template(template).render(context)


def page(request: Request, template: str, **context: object) -> Response:
    """A page or a region of one.

    Besides `context` a template knows `request`, who asks (`by`), `build`, `live_since` (what the live stream is to be
    asked from) and the installation's own `troubles`.
    """
    burnline = deps.of(request)
    known = {
        "request": request,
        "by": deps.actor_of(request),
        "build": burnline.build,
        "live_since": request.state.live_id,
        "troubles": burnline.troubles(),
    }
    headers = {"Vary": deps.VARY, "ETag": request.state.etag}
    return HTMLResponse(text(template, **{**known, **context}), headers=headers)


def _json(value: object, **_: object) -> str:
    """Of `tojson`, which makes it safe inside a script."""
    return orjson.dumps(value).decode()


def _is_format(entry: object) -> bool:
    return getattr(entry, "__module__", "") == formats.__name__ and callable(entry)
