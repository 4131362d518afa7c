"""Choosing what the status page shows, and under which names."""

from collections.abc import Container, Mapping

from app.domain.errors import Missing
from app.domain.status_choices import PageChoice, Shown
from app.store import status
from app.store.engine import Connection


def choose_page(db: Connection, choice: PageChoice, *, author: str, now_ms: int) -> None:
    status.choose_page(db, choice, author=author, now_ms=now_ms)


def choose_services(
    db: Connection, chosen: Mapping[str, Shown], *, known: Container[str], author: str, now_ms: int
) -> None:
    """Raises Missing for a service that there is not."""
    for service, choice in chosen.items():
        if service not in known:
            raise Missing(f"There is no service named {service[:80]}.", code="service_unknown", field="service")
        status.choose_component(db, service, choice, author=author, now_ms=now_ms)
