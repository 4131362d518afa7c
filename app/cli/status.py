"""Commands about the status page. Telling something works while Burnline and its database are dead: into a copy."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from app.actions import status_export as copies
from app.cli.common import LOCAL, USAGE_ERROR, Url, fail, friendly, shown, told
from app.domain.errors import Invalid
from app.domain.notices import Impact, Phase, Update
from app.domain.status_page import Page, unconfirmed
from app.domain.status_pending import Pending
from app.wire import status_state

SECONDS = 10
Where = Annotated[str, typer.Option(help="the copy's own address, for links in its feeds")]


def export(
    folder: Annotated[Path, typer.Argument(help="the folder of the copy; it is made when there is none")],
    *,
    public_url: Where = "",
    url: Url = LOCAL,
) -> None:
    """Write the status page to FOLDER as a copy that needs nobody: a page, JSON, feeds and badges."""
    from app.web import status_export

    with friendly():
        page = _page(url)
        status_export.copy(folder, page, base=public_url.rstrip("/"))
        typer.echo(f"Wrote {folder / copies.INDEX}: {page.headline}.")


def post(
    title: Annotated[str, typer.Argument(help="one sentence; with --notice it may be left out")] = "",
    *,
    notice: Annotated[str, typer.Option(help="the notice this goes on with, by its id")] = "",
    phase: Annotated[Phase, typer.Option(help="where it stands")] = Phase.INVESTIGATING,
    impact: Annotated[Impact, typer.Option(help="degraded, partial outage, major outage")] = Impact.MINOR,
    service: Annotated[list[str] | None, typer.Option(help="a service; may be given more than once")] = None,
    text: Annotated[str, typer.Option(help="what is known")] = "",
    next_minutes: Annotated[int, typer.Option(help="in how many minutes the next update comes; 0 promises none")] = 0,
    export: Annotated[Path | None, typer.Option(help="the folder of a copy: told there, too")] = None,
    public_url: Where = "",
    url: Url = LOCAL,
) -> None:
    """Tell of an incident, or how one goes on. With --export it is told even while Burnline is dead."""
    if not title and not notice:
        fail("Give a TITLE, or the --notice that this goes on with.", USAGE_ERROR)
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    next_ms = now_ms + next_minutes * 60_000 if next_minutes > 0 else None
    body: dict[str, Any] = {"phase": phase.value, "text": text or title, "key": secrets.token_hex(8)}
    body |= {} if next_ms is None else {"next_update": next_ms / 1000}
    new = {"title": title, "impact": impact.value, "services": service or []}
    path = f"/api/notices/{notice}/updates" if notice else "/api/notices"
    answer = _sent(url, path, body if notice else body | new, must=export is None)
    if answer is not None:
        found = told(lambda: answer).json()
        typer.echo(f"Told in notice {found['id']}: {found['title']}")
    if export is None:
        return
    from app.web import status_export

    with friendly():
        if answer is None:
            begun = "" if notice else title
            made = Pending(
                body["key"], notice, begun, impact, tuple(service or ()), phase, body["text"], now_ms, next_ms
            )
            _keep(export, made, base=public_url)
            typer.echo(f"Nobody answers at {url}. It is told in {export}, and is handed in when somebody does.")
        else:
            status_export.copy(export, _page(url), base=public_url.rstrip("/"))


def _sent(url: str, path: str, body: dict[str, Any], *, must: bool) -> httpx2.Response | None:
    """The answer; None when nobody answers or the database is dead, unless somebody must."""
    try:
        answer = httpx2.post(f"{url.rstrip('/')}{path}", json=body, headers=shown(), timeout=SECONDS)
    except httpx2.HTTPError as error:
        if must:
            fail(f"Burnline cannot be reached: {error} With --export DIR it can be told in a copy.", USAGE_ERROR)
        return None
    return answer if must or answer.status_code < 500 else None


def _keep(folder: Path, one: Pending, *, base: str) -> None:
    """Lay it beside the copy and make the copy anew. Raises AppError before anything is written."""
    from app.web import status_export

    page = copies.state(folder)
    if not one.notice:
        Update(one.phase, one.text, one.at_ms, one.next_ms)
        one = _with_ids(one, page)
    copies.add_pending(folder, one)
    try:
        status_export.retell(folder, base=base.rstrip("/"))
    except Exception:
        copies.forget(folder, one)
        raise


def _with_ids(one: Pending, page: Page) -> Pending:
    """A copy knows services by their public names and ids. Raises Invalid."""
    ids = {name.casefold(): found.id for found in page.components for name in (found.name, found.id)}
    unknown = [name for name in one.components if name.casefold() not in ids]
    if unknown:
        known = ", ".join(found.name for found in page.components)
        raise Invalid(f"The copy has no service named {unknown[0]}; it has {known}.", code="service_unknown")
    return replace(one, components=tuple(ids[name.casefold()] for name in one.components))


def _page(url: str) -> Page:
    """What a running Burnline publishes now. Raises Invalid."""
    body = told(lambda: httpx2.get(f"{url.rstrip('/')}/status/state.json", headers=shown(), timeout=SECONDS)).content
    page = status_state.read(body)
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    return unconfirmed(page) if now_ms > page.valid_until_ms else page
