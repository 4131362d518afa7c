"""The tables of the status page: notices and what was said in them, and how services are shown there."""

import sqlalchemy as sa

from app.store import schema
from app.store.schema import Millis, RowId

metadata = schema.metadata

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # of whoever posts: the same again is the same notice
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("impact", sa.Text, nullable=False),
    sa.Column("services", sa.Text, nullable=False),  # JSON: slugs
    sa.Column("start_ms", Millis, nullable=False),
    sa.Column("end_ms", Millis),  # of maintenance: when its window closes
    sa.Column("closed_ms", Millis),  # when it was said to be over
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Index("ix_notices_closed_ms", "closed_ms"),  # those that are open or were a short while ago
)

notice_updates = sa.Table(
    "notice_updates",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("notice_id", sa.BigInteger, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at_ms", Millis, nullable=False),
    sa.Column("next_ms", Millis),  # when the next one is promised
    sa.Column("author", sa.Text, nullable=False),
    sa.Index("ix_notice_updates_notice_id_at_ms", "notice_id", "at_ms"),  # what was said in a notice
)

status_components = sa.Table(
    "status_components",
    metadata,
    sa.Column("service", sa.Text, primary_key=True),  # slug
    sa.Column("shown", sa.SmallInteger, nullable=False),
    sa.Column("public_name", sa.Text, nullable=False),
    sa.Column("group_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("updated_ms", Millis, nullable=False),
    sqlite_with_rowid=False,
)

status_pages = sa.Table(
    "status_pages",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("updated_ms", Millis, nullable=False),
    sqlite_with_rowid=False,
)
