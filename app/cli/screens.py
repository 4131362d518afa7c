"""Commands about wall screens, asked of a running Burnline over HTTP."""

from typing import Annotated

import httpx2
import typer

from app.cli.common import LOCAL, USAGE_ERROR, Url, asked, fail, shown, told


def create(
    name: str,
    wall: Annotated[str, typer.Option(help="all, or a team's; several with +")] = "all",
    pages: Annotated[str, typer.Option(help="shown in turn: services, slos")] = "services",
    inch: Annotated[float, typer.Option(help="the screen's diagonal")] = 55,
    m: Annotated[float, typer.Option(help="from how far it is read, in metres")] = 10,
    expires: Annotated[str, typer.Option(help="how long it holds without being seen, such as 90d; for ever")] = "",
    url: Url = LOCAL,
) -> None:
    """Make a link for the screen NAME: read-only, one wall, no sign-in. It is printed once."""
    body = {"name": name, "wall": wall, "pages": pages.split(","), "inch": inch, "m": m, "expires": expires}
    made = told(lambda: httpx2.post(f"{url.rstrip('/')}/api/screens", json=body, headers=shown(), timeout=10)).json()
    typer.echo(made["link"])
    typer.echo(f"Open it once on {made['name']}. It cannot be shown again.", err=True)


def list_screens(url: Url = LOCAL) -> None:
    """Every screen that has a link, and when it was last seen."""
    rows = asked(url, "/api/screens")
    wide = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        seen = f"seen {row['seen']} at {row['seen_address']}, {row['seen_viewport']}" if row["seen"] else "never seen"
        typer.echo(f"{row['screen']:>4}  {row['name']:{wide}}  {row['state']:8}  /wall/{row['wall']}  {seen}")


def revoke(screen: Annotated[int, typer.Argument(help="its number in the list")], url: Url = LOCAL) -> None:
    """End the link of SCREEN: within seconds it shows that it was revoked."""
    address = f"{url.rstrip('/')}/api/screens/{screen}/revocation"
    found = told(lambda: httpx2.post(address, headers=shown(), timeout=10)).json()
    typer.echo(f"Revoked {found['name']}.")


def tell(
    message: Annotated[str, typer.Argument(help="shown on every wall for an hour; empty takes it back")] = "",
    *,
    reload: Annotated[bool, typer.Option("--reload", help="have every wall load itself anew")] = False,
    url: Url = LOCAL,
) -> None:
    """Show MESSAGE on every wall, or have all of them load themselves anew."""
    if reload and message:
        fail("Either a message or --reload.", USAGE_ERROR)
    body = {"reload": True} if reload else {"message": message}
    told(lambda: httpx2.post(f"{url.rstrip('/')}/api/screens/calls", json=body, headers=shown(), timeout=10))
    typer.echo("Told every wall.")
