"""Commands that ask a running Burnline over HTTP."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx2
import typer

from app.cli.common import LOCAL, STOP, USAGE_ERROR, Url, asked, fail, friendly, shown, told


def mark(
    service: str,
    version: str,
    title: str = "",
    link: str = "",
    time: Annotated[str | None, typer.Option(help="RFC 3339; now when left out")] = None,
    url: Url = LOCAL,
) -> None:
    """Mark a deploy of SERVICE on its charts."""
    body = {"service": service, "version": version, "time": time or datetime.now(UTC).isoformat()}
    body |= {name: text for name, text in (("title", title), ("link", link)) if text}
    told(lambda: httpx2.post(f"{url.rstrip('/')}/api/changes", json=body, headers=shown(), timeout=10))
    typer.echo(f"Marked {version} of {service}.")


def gate(
    slo: str,
    url: Url = LOCAL,
    no_data: Annotated[str, typer.Option(help="allow or block while nothing is known")] = "policy",
) -> None:
    """Whether the error-budget policy of SLO lets a deploy through: exit status 0 go, 1 stop, 2 cannot tell."""
    if no_data not in ("policy", "allow", "block"):
        fail("--no-data is policy, allow or block.", USAGE_ERROR)
    found = asked(url, f"/api/slos/{quote(slo, safe='')}/gate")
    allowed = found["allowed"]
    if found["health"] == "no_data" and no_data != "policy":
        allowed = no_data == "allow"
    typer.echo(f"{'GO' if allowed else 'STOP'}  {found['reason']}")
    for action in found["actions"]:
        typer.echo(f"  {action}")
    raise typer.Exit(0 if allowed else STOP)


def apply(
    files: Annotated[list[Path], typer.Argument(help="OpenSLO files; - reads the input")],
    *,
    dry_run: Annotated[bool, typer.Option(help="say what would change, and change nothing")] = False,
    prune: Annotated[bool, typer.Option(help="archive objectives that are not in the files")] = False,
    allow_unseen: Annotated[bool, typer.Option(help="take services and series nobody has sent yet")] = False,
    url: Url = LOCAL,
) -> None:
    """Make objectives what FILES declare, all of them or none."""
    with friendly():
        texts = [{"name": str(one), "text": sys.stdin.read() if str(one) == "-" else one.read_text()} for one in files]
    flags = {"dry_run": dry_run, "prune": prune, "unseen": allow_unseen}
    found = told(
        lambda: httpx2.put(
            f"{url.rstrip('/')}/api/openslo", json={"files": texts}, params=flags, headers=shown(), timeout=60
        )
    )
    for change in found.json()["changes"]:
        typer.echo(f"{change['action']:9}  {change['slo']}")
        for one in change["diff"] if change["action"] == "change" else ():
            typer.echo(f"           {one['field']}: {one['before'] or '-'} -> {one['after'] or '-'}")
        for warning in change["warnings"]:
            typer.echo(f"           {warning}")
    for one in found.json()["kept"]:
        typer.echo(f"{one['action']:9}  {one['name']} (kept as it is, not used)")
    if dry_run:
        typer.echo("Nothing was changed: this was a dry run.")


def export(service: str = "", url: Url = LOCAL) -> None:
    """Print every objective, or those of a service, as OpenSLO."""
    address = f"{url.rstrip('/')}/api/openslo"
    typer.echo(
        told(lambda: httpx2.get(address, params={"service": service}, headers=shown(), timeout=30)).text, nl=False
    )


def list_slos(service: str = "", url: Url = LOCAL) -> None:
    """Every objective and what is left of its budget, worst first."""
    rows = asked(url, "/api/slos", service=service)
    wide = max((len(row["slo"]) for row in rows), default=0)
    for row in rows:
        left = row["budget_left"]
        told = "no data" if left is None else f"{left:.1%} left"
        typer.echo(
            f"{row['slo']:{wide}}  {row['health']:10}  {told:>14}  {row['target'] * 100:g} % over {row['window']}"
        )
