"""Choosing what the status page shows, and under which names."""

from collections.abc import Container, Mapping

from app.actions.noting import noted
from app.domain.errors import Missing
from app.domain.status_choices import PageChoice, Shown
from app.store import status
from app.store.audit import Deed
from app.store.engine import Connection


def choose_page(db: Connection, choice: PageChoice, *, author: str, now_ms: int) -> None:
    before = status.page(db)
    if choice != before:
        status.choose_page(db, choice, author=author, now_ms=now_ms)
        noted(db, Deed(author, "status_page_changed", "status page", _page_text(before), _page_text(choice)))


def choose_services(
    db: Connection, chosen: Mapping[str, Shown], *, known: Container[str], author: str, now_ms: int
) -> None:
    """Raises Missing for a service that there is not."""
    before = status.components(db)
    for service, choice in chosen.items():
        if service not in known:
            raise Missing(f"There is no service named {service[:80]}.", code="service_unknown", field="service")
        if choice != before.get(service):
            status.choose_component(db, service, choice, author=author, now_ms=now_ms)
            was, now = (_text(one) for one in (before.get(service), choice))
            noted(db, Deed(author, "status_service_changed", f"service {service} on the status page", was, now))


def _page_text(choice: PageChoice) -> str:
    return f"{choice.title} ({choice.zone}): {choice.about}"


def _text(choice: Shown | None) -> str:
    if choice is None:
        return ""
    if not choice.shown:
        return "hidden"
    return f"{choice.name or 'its own name'} in {choice.group or 'the group of its team'}, place {choice.position}"
