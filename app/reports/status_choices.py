"""What is chosen for the status page, service by service, beside what holds where nothing is."""

from dataclasses import dataclass

from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.status_choices import PageChoice, Shown
from app.reports import status_facts
from app.store import services, status
from app.store.engine import Connection


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """`chosen` with what holds for `shown` where nobody chose; `usual_name` and `usual_group` stand in for ""."""

    service: str
    chosen: Shown
    usual_name: str
    usual_group: str
    objectives: int


@dataclass(frozen=True, slots=True)
class Choices:
    page: PageChoice
    services: tuple[ServiceChoice, ...]


def page(board: SloBoard, db: Connection) -> Choices:
    """Every service that has an objective, as the page orders them; those not shown last."""
    chosen, described = status.components(db), services.described(db)
    by_service: dict[str, list[Slo]] = {}
    for slo in board.slos():
        by_service.setdefault(slo.service, []).append(slo)
    found = [
        ServiceChoice(
            service=slug,
            chosen=chosen.get(slug, Shown(shown=status_facts.is_shown(slug, None))),
            usual_name=status_facts.usual_name(slug, described.get(slug)),
            usual_group=status_facts.usual_group(slos, described.get(slug)),
            objectives=len(slos),
        )
        for slug, slos in by_service.items()
    ]
    return Choices(status.page(db), tuple(sorted(found, key=_place)))


def _place(one: ServiceChoice) -> tuple[bool, int, str]:
    return (not one.chosen.shown, one.chosen.position, (one.chosen.name or one.usual_name).casefold())
