"""What people choose for the status page: its title, and under which names services are shown, if at all."""

from dataclasses import dataclass

from app.domain.errors import Invalid

LONGEST = 120
LONGEST_ABOUT = 500


@dataclass(frozen=True, slots=True)
class PageChoice:
    """The page as a whole; `zone` is the one its times are in until a reader chooses another. Raises Invalid."""

    title: str = "Status"
    about: str = ""
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > LONGEST:
            raise _invalid(f"The page has a title of at most {LONGEST} characters.", "title")
        if len(self.about) > LONGEST_ABOUT:
            raise _invalid(f"The text has at most {LONGEST_ABOUT} characters.", "about")


@dataclass(frozen=True, slots=True)
class Shown:
    """A service on the page. "" leaves the name to the catalogue, the group to its team. Raises Invalid."""

    shown: bool = True
    name: str = ""
    group: str = ""
    description: str = ""
    position: int = 0

    def __post_init__(self) -> None:
        for field in ("name", "group", "description"):
            if len(getattr(self, field)) > LONGEST:
                raise _invalid(f"The {field} has at most {LONGEST} characters.", field)


def _invalid(message: str, field: str) -> Invalid:
    return Invalid(message, code="status_invalid", field=field)
