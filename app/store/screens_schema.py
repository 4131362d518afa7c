"""The tables of screens: links that hang on walls, and what all walls were told.

A link's token is stored as its SHA-256 alone: nothing in the database opens a wall.
"""

import sqlalchemy as sa

from app.store import schema
from app.store.schema import Millis, Real, RowId

metadata = schema.metadata

screens = sa.Table(
    "screens",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("wall", sa.Text, nullable=False),
    sa.Column("pages", sa.Text, nullable=False),  # with commas
    sa.Column("inch", Real, nullable=False),
    sa.Column("metres", Real, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("lifetime_ms", Millis),  # since it was last seen; null: for ever
    sa.Column("expires_ms", Millis),
    sa.Column("revoked_ms", Millis),
    sa.Column("revoked_by", sa.Text, nullable=False),
    sa.Column("seen_ms", Millis),
    sa.Column("seen_address", sa.Text, nullable=False),
    sa.Column("seen_build", sa.Text, nullable=False),
    sa.Column("seen_viewport", sa.Text, nullable=False),
)

screen_calls = sa.Table(
    "screen_calls",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("text", sa.Text, nullable=False),  # "": load yourself anew
    sa.Column("at_ms", Millis, nullable=False),
    sa.Column("until_ms", Millis, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
)
