"""An objective as it is asked for: what forms, the JSON API, a preview and `burnline apply` make, and read one way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain import slo_settings
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.series import clip
from app.domain.slis import KINDS, Indicator
from app.domain.slo_settings import MONTH
from app.domain.slos import Alerting, Budgeting, CreditStep, Health, Rule, Slo
from app.domain.windows import Window

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
RESERVED = frozenset({"new", "list", "proposals", "preview", "archived"})  # addresses below /slos
FIELDS = ("slo", "name", "service", "description", "owner", "target", "indicator", *slo_settings.FIELDS)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked for. `alerting` and `policy` None: the usual ones. Raises Invalid at the field at fault.

    `unseen`: the service and the series may still be unknown; its health is then "no data" until they come.
    """

    slug: str
    name: str
    service: str
    indicator: Indicator
    target: Decimal
    window: Window = MONTH
    budgeting: Budgeting = field(default_factory=Budgeting)
    alerting: Alerting | None = None
    policy: Mapping[Health, Rule] | None = None
    credits: tuple[CreditStep, ...] = ()
    description: str = ""
    owner: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    unseen: bool = False

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            text = f"{clip(self.slug)} is no name for an address: use up to 63 of a-z, 0-9 and - between them."
            raise Invalid(text, code="slug_invalid", field="slo")
        if self.slug in RESERVED:
            raise Invalid(f"{self.slug} is an address of its own.", code="slug_reserved", field="slo")
        if not 0 < self.target < 1:
            raise Invalid(
                "The target lies between 0 and 1: 0.999, or 99.9 %.",
                code="target_invalid",
                field="target",
                hint="A number is read as a percentage only with %.",
            )


def read(fields: Fields, *, unseen: bool = False) -> Draft:
    """Raises Invalid at the field at fault; `slo` may be left out, and is then made from the name."""
    said = Reading(fields).only(FIELDS)
    name = said.text("name", usual="", longest=LONGEST_NAME)
    slug = said.text("slo", usual=slug_of(name), longest=LONGEST_NAME)
    if not slug:
        raise said.missing("name")
    settings = slo_settings.read(fields)
    return Draft(
        slug=slug,
        name=name or slug,
        service=said.text("service", longest=LONGEST_NAME),
        indicator=indicator(said),
        target=said.decimal("target"),
        window=settings.window,
        budgeting=settings.budgeting,
        alerting=settings.alerting,
        policy=settings.policy,
        credits=settings.credits,
        description=said.text("description", usual=""),
        owner=said.text("owner", usual="", longest=LONGEST_NAME),
        labels=settings.labels,
        annotations=settings.annotations,
        unseen=unseen,
    )


def write(slo: Slo) -> dict[str, Value]:
    """What `read` takes, nothing left out: the definition, as it is told, compared and kept in the audit."""
    return {
        "slo": slo.slug,
        "name": slo.name,
        "service": slo.service,
        "description": slo.description,
        "owner": slo.owner,
        "target": slo_settings.plain(slo.target),
        "indicator": {"kind": slo.indicator.kind, "fields": slo.indicator.fields()},
        **slo_settings.write(slo),
    }


def indicator(said: Reading) -> Indicator:
    """Of {"kind", "fields"}; a "sentence" beside them, as answers hold it, is passed over."""
    inside = said.inside("indicator").only(("kind", "fields", "sentence"))
    kind = inside.text("kind")
    if kind not in KINDS:
        raise inside.wrong("kind", f"{clip(kind)} is no kind of SLI.", hint=f"There are {', '.join(sorted(KINDS))}.")
    return KINDS[kind](inside.inside("fields").fields, field="indicator.fields")


def slug_of(name: str) -> str:
    """A name as an address: "Checkout: latency" is checkout-latency. "" when nothing of it can stand there."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:63].rstrip("-")
