"""Screens: the links of wall screens."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass
