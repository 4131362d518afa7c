"""Settings: what an operator may choose. The entry points read them once, from BURNLINE_* variables and flags.

To add one: a field and a line in `from_environment` here, a flag of `cli.running.serve`, a row in docs/settings.md
(tests ask for both).
Limits that protect the installation are constants beside what they protect, not settings.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Generic, Literal, TypeVar, cast
from urllib.parse import urlsplit

from app.domain import setting_words, sign_in_words
from app.domain.people import Role
from app.domain.setting_words import MIB, Network
from app.domain.sign_in_words import OPENED, Pairs

PREFIX = "BURNLINE_"
LogFormat = Literal["auto", "text", "json"]
T = TypeVar("T")
D = TypeVar("D")


class SettingError(ValueError):
    """A setting cannot be used; the text is one sentence that names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice of an operator. Raises SettingError when two of them contradict each other."""

    data_dir: Path
    database_url: str = field(repr=False)  # holds a password
    host: str
    port: int  # 0: any free one
    public_url: str | None  # without a slash at the end
    raw_retention: timedelta
    minute_retention: timedelta
    hour_retention: timedelta
    audit_retention: timedelta
    scrape_file: Path | None
    recipes_file: Path | None
    allow_private_targets: tuple[Network, ...]
    open: bool
    anonymous: tuple[str, ...]
    sign_in_role: Role | None  # of those that others vouch for; None: a group has to say
    group_roles: Pairs
    group_teams: Pairs
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret_file: Path | None
    oidc_groups_claim: str
    trusted_proxies: tuple[Network, ...]
    proxy_user_header: str | None
    proxy_groups_header: str | None
    token: str | None = field(repr=False)  # what commands show to the server they ask
    status_export_dir: Path | None
    log_format: LogFormat
    min_free_disk: int  # bytes
    max_memory: int  # bytes; 0: what the container says
    new_series_per_hour: int  # of one source
    heartbeat_url: str | None = field(repr=False)  # whoever knows it can send heartbeats

    def __post_init__(self) -> None:
        finer = ("raw_retention", self.raw_retention)
        for name, kept in (("minute_retention", self.minute_retention), ("hour_retention", self.hour_retention)):
            if kept < finer[1]:
                raise SettingError(
                    f"{PREFIX}{name.upper()} is {duration_text(kept)}, which is shorter than the "
                    f"{duration_text(finer[1])} of {PREFIX}{finer[0].upper()}: keep coarser data at least as long."
                )
            finer = (name, kept)
        self._check_sign_in()

    def _check_sign_in(self) -> None:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise SettingError(f"{PREFIX}OIDC_ISSUER and {PREFIX}OIDC_CLIENT_ID are set both or neither.")
        if self.oidc_issuer is not None and self.public_url is None:
            raise SettingError(f"{PREFIX}OIDC_ISSUER also needs {PREFIX}PUBLIC_URL: where people are sent back to.")
        if self.proxy_user_header is not None and not self.trusted_proxies:
            raise SettingError(
                f"{PREFIX}PROXY_USER_HEADER also needs {PREFIX}TRUSTED_PROXIES: the only addresses it is believed from."
            )

    @property
    def listens_beyond_this_machine(self) -> bool:
        """Whether others than this machine can reach the server: itself, or by the address that a proxy gives it."""
        public = urlsplit(self.public_url or "").hostname
        return any(not setting_words.is_this_machine(host) for host in (self.host, public) if host)

    @classmethod
    def from_environment(cls, env: Mapping[str, str], overrides: Mapping[str, str | None]) -> "Settings":
        """Settings from variables, with `overrides` (by field name; None means not given) laid over them.

        Raises SettingError for a value that cannot be read and for a BURNLINE_* variable that does not exist.
        """
        given = _Given(env, overrides)
        data_dir = given.take("data_dir", FOLDER, Path("data"))
        return cls(
            data_dir=data_dir,
            database_url=given.take("database_url", DATABASE, f"sqlite:///{data_dir / 'burnline.db'}"),
            host=given.take("host", HOST, "127.0.0.1"),
            port=given.take("port", PORT, 8000),
            public_url=given.take("public_url", PUBLIC_URL, None),
            raw_retention=given.take("raw_retention", DURATION, timedelta(days=15)),
            minute_retention=given.take("minute_retention", DURATION, timedelta(days=35)),
            hour_retention=given.take("hour_retention", DURATION, timedelta(days=400)),
            audit_retention=given.take("audit_retention", DURATION, timedelta(days=400)),
            scrape_file=given.take("scrape_file", FILE, None),
            recipes_file=given.take("recipes_file", FILE, None),
            allow_private_targets=given.take("allow_private_targets", NETWORKS, ()),
            open=given.take("open", YES_NO, default=False),
            anonymous=given.take("anonymous", ANONYMOUS, ()),
            sign_in_role=given.take("sign_in_role", SIGN_IN_ROLE, Role.VIEWER),
            group_roles=given.take("group_roles", GROUP_ROLES, ()),
            group_teams=given.take("group_teams", GROUP_TEAMS, ()),
            oidc_issuer=given.take("oidc_issuer", ISSUER, None),
            oidc_client_id=given.take("oidc_client_id", WORD, None),
            oidc_client_secret_file=given.take("oidc_client_secret_file", FILE, None),
            oidc_groups_claim=given.take("oidc_groups_claim", WORD, "groups"),
            trusted_proxies=given.take("trusted_proxies", NETWORKS, ()),
            proxy_user_header=given.take("proxy_user_header", HEADER, None),
            proxy_groups_header=given.take("proxy_groups_header", HEADER, None),
            token=given.take("token", WORD, None),
            status_export_dir=given.take("status_export_dir", FOLDER, None),
            log_format=given.take("log_format", LOG_FORMAT, "auto"),
            min_free_disk=given.take("min_free_disk", SIZE, 200 * MIB),
            max_memory=given.take("max_memory", SIZE, 0),
            new_series_per_hour=given.take("new_series_per_hour", COUNT, 200_000),
            heartbeat_url=given.take("heartbeat_url", ADDRESS, None),
        )


def asset(name: str) -> Path:
    """The folder `templates`, `static` or `migrations`: inside an installed wheel, else beside `app`."""
    package = Path(__file__).resolve().parent
    bundled = package / "_assets" / name
    return bundled if bundled.is_dir() else package.parent / name


@dataclass(frozen=True, slots=True)
class _Form(Generic[T]):
    """How a setting is written. `parse` raises ValueError when the text is something else."""

    parse: Callable[[str], T]
    expected: str
    example: str


class _Given:
    """What was set, by name, with the place it was set in."""

    def __init__(self, env: Mapping[str, str], overrides: Mapping[str, str | None]) -> None:
        names = [setting.name for setting in fields(Settings)]
        for variable in env:
            if variable.startswith(PREFIX) and variable.removeprefix(PREFIX).lower() not in names:
                raise SettingError(_unknown(variable, [PREFIX + name.upper() for name in names]))
        self._texts = {name: (f"{PREFIX}{name.upper()}", env.get(f"{PREFIX}{name.upper()}")) for name in names}
        for name, text in overrides.items():
            if text is not None:
                self._texts[name] = (f"--{name.replace('_', '-')}", text)

    def take(self, name: str, form: _Form[T], default: D) -> T | D:
        place, text = self._texts[name]
        if not text:  # an empty variable is how compose files say "not set"
            return default
        try:
            return form.parse(text)
        except (ValueError, OverflowError) as error:
            assign = " " if place.startswith("--") else "="
            raise SettingError(
                f"{place} is {_without_password(text)!r}, but must be {form.expected}; "
                f"for example {place}{assign}{form.example}."
            ) from error


def _unknown(variable: str, known: list[str]) -> str:
    near = difflib.get_close_matches(variable, known, n=1, cutoff=0)
    return f"{variable} is not a setting of Burnline; the nearest is {near[0]} (all of them: docs/settings.md)."


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://).*(?=@)|(?<=password=)[^&]*", "***", text)


_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_LONGEST_DAYS = 3660


def parse_duration(text: str) -> timedelta:
    """A length of time written as a whole number and a unit: 90s, 15m, 6h, 15d, 2w. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,9})([smhdw])", text)
    if match is None:
        raise ValueError(text)
    seconds = int(match[1]) * (7 * _UNITS["d"] if match[2] == "w" else _UNITS[match[2]])
    if not 0 < seconds <= _LONGEST_DAYS * _UNITS["d"]:
        raise ValueError(text)
    return timedelta(seconds=seconds)


def duration_text(duration: timedelta) -> str:
    """The spelling with the largest unit that divides it, as parse_duration reads it: 15d, 36h, 90s."""
    seconds = round(duration.total_seconds())
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _log_format(text: str) -> LogFormat:
    if text not in {"auto", "text", "json"}:
        raise ValueError(text)
    return cast(LogFormat, text)


FOLDER = _Form(Path, "the path of a folder", "/var/lib/burnline")
FILE = _Form(Path, "the path of a file", "/etc/burnline/scrape.yaml")
DATABASE = _Form(
    setting_words.database,
    "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
    "postgresql://burnline:secret@db.example.com/burnline",
)
HOST = _Form(setting_words.host, "a host name or IP address, without a port", "0.0.0.0")
PORT = _Form(setting_words.port, "a whole number from 0 to 65535 (0 takes any free port)", "8000")
PUBLIC_URL = _Form(
    setting_words.public_url, "an http or https address, without a user or query", "https://burnline.example.com"
)
DURATION = _Form(parse_duration, "a whole number and one of s, m, h, d, w, from 1s to 3660d", "15d")
NETWORKS = _Form(setting_words.networks, "networks in CIDR notation, separated by commas", "10.0.0.0/8,fd00::/8")
YES_NO = _Form(sign_in_words.yes_no, "yes or no", "yes")
ANONYMOUS = _Form(sign_in_words.anonymous, f"some of {', '.join(OPENED)}, separated by commas", "status,badges")
SIGN_IN_ROLE = _Form(sign_in_words.role, "viewer, editor, admin or none", "viewer")
GROUP_ROLES = _Form(
    sign_in_words.group_roles, "groups with the role each gives, separated by commas", "sre=admin,developers=editor"
)
GROUP_TEAMS = _Form(sign_in_words.pairs, "groups with the team each is, separated by commas", "checkout-devs=checkout")
ISSUER = _Form(
    setting_words.issuer, "the http or https address of an OpenID provider", "https://login.example.com/realms/main"
)
WORD = _Form(sign_in_words.word, "a text without blanks", "burnline")
HEADER = _Form(sign_in_words.header, "the name of a header", "X-Forwarded-User")
LOG_FORMAT = _Form(_log_format, "auto, text or json", "json")
SIZE = _Form(setting_words.size, "a whole number and MiB or GiB", "200MiB")
COUNT = _Form(setting_words.count, "a whole number", "200000")
ADDRESS = _Form(setting_words.address, "an http or https address, without a user", "https://hc.example.com/ping/secret")
