"""How an operator writes down who may come in: the texts of settings, each read or refused with a ValueError."""

import re

from app.domain.people import Role

OPENED = ("read", "ingest", "status", "badges")  # what may be switched on for everybody
Pairs = tuple[tuple[str, str], ...]


def yes_no(text: str) -> bool:
    return ("no", "yes").index(text.lower()) == 1


def anonymous(text: str) -> tuple[str, ...]:
    """Some words of OPENED."""
    words = tuple(part.strip() for part in text.split(","))
    if not set(words) <= set(OPENED):
        raise ValueError(text)
    return words


def role(text: str) -> Role | None:
    return None if text == "none" else Role(text)


def pairs(text: str) -> Pairs:
    """GROUP=WORD, GROUP=WORD: a group may hold an equals sign, as names in directories do."""
    found = [part.strip().rpartition("=") for part in text.split(",")]
    if not all(group.strip() and word.strip() for group, _, word in found):
        raise ValueError(text)
    return tuple((group.strip(), word.strip()) for group, _, word in found)


def group_roles(text: str) -> Pairs:
    found = pairs(text)
    for _, word in found:
        Role(word)
    return found


def word(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,500}", text):
        raise ValueError(text)
    return text


def header(text: str) -> str:
    """The name of a header, in lower case; not of one that means something already."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text) or text.lower() in {"authorization", "cookie", "host"}:
        raise ValueError(text)
    return text.lower()
