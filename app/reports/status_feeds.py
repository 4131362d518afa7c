"""What subscribers are told: one entry an update, so that every update reaches them."""

import re
from dataclasses import dataclass
from email.utils import formatdate

from app.domain.notices import NoticeKind
from app.domain.status_page import Page, Told
from app.reports import status_words

MOST = 50
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    notice: str
    title: str
    text: str
    at_ms: int


def entries(page: Page) -> list[Entry]:
    """Newest first."""
    found = [
        Entry(
            id=said.id,
            notice=told.id,
            title=_legal(f"{status_words.PHASES[said.phase]}: {told.title}"),
            text=_legal(_with_components(told, said.text)),
            at_ms=said.at_ms,
        )
        for told in page.told
        for said in told.updates
    ]
    return sorted(found, key=lambda one: (one.at_ms, one.id), reverse=True)[:MOST]


def rfc822(at_ms: int) -> str:
    """A time as RSS wants it."""
    return formatdate(at_ms / 1000, usegmt=True)


def _with_components(told: Told, text: str) -> str:
    names = ", ".join(name for _, name in told.components)
    about = "Services" if told.kind is NoticeKind.INCIDENT else "Maintenance of"
    return f"{text}\n\n{about}: {names}".strip() if names else text


def _legal(text: str) -> str:
    """Without what no XML document may hold."""
    return NOT_XML.sub("", text)
