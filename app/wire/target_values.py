"""What a scrape file says, as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.domain.series import Labels

REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """Takes the service's name out of a label: where `pattern` matches all of it, `replacement` is the name."""

    label: str
    pattern: re.Pattern[str]
    replacement: str

    def service(self, labels: Mapping[str, str]) -> str:
        """The name of the service, "" when the label does not match."""
        found = self.pattern.fullmatch(labels.get(self.label, ""))
        return REFERENCE.sub(lambda wanted: found[group_of(wanted)] or "", self.replacement) if found else ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to sign in: with the token in a file, or with a name and a password, given or in a file.

    Files are read at each scrape, so that a rotated secret needs no restart.
    """

    token_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to scrape. `labels` stand on each of its series: job and instance, and what its job adds."""

    job: str
    instance: str
    url: str
    labels: Labels
    interval: timedelta = timedelta(seconds=15)
    timeout: timedelta = timedelta(seconds=10)
    service_rule: ServiceRule | None = None
    credentials: Credentials | None = None
    honor_labels: bool = False

    def __str__(self) -> str:
        return f"{self.job} {self.instance}"


def group_of(reference: re.Match[str]) -> int | str:
    """The group of a pattern that `$1`, `${1}` or `${name}` stands for."""
    name = reference[1] or reference[2]
    return int(name) if name.isdecimal() else name
