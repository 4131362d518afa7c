"""What happened to a service on purpose: deploys, flags, migrations."""

from dataclasses import dataclass

from app.domain.errors import Invalid

MAX_TEXT = 200
MAX_LINK = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a service (its slug) at a time. Raises Invalid for empty and overlong texts and odd links."""

    service: str
    at_ms: int
    version: str
    title: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        for field, text, needed in (
            ("service", self.service, True),
            ("version", self.version, True),
            ("title", self.title, False),
        ):
            if needed and not text.strip():
                raise Invalid(f"A change needs a {field}.", code="field_missing", field=field)
            if len(text) > MAX_TEXT or "\x00" in text:
                raise Invalid(f"The {field} may hold {MAX_TEXT} characters.", code="too_long", field=field)
        if self.link and (len(self.link) > MAX_LINK or not self.link.startswith(("http://", "https://"))):
            raise Invalid("The link must start with http:// or https://.", code="link_invalid", field="link")
