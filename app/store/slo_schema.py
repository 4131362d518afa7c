"""The tables of objectives. With `schema` they are all tables there are; `metadata` here holds both.

Times are Unix milliseconds. Minutes of SLIs are written by sealing and backfill alone, see `sli_rollups`.
"""

import sqlalchemy as sa

from app.store import schema
from app.store.schema import Blob, Millis, Real, RowId

metadata = schema.metadata

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

slis = sa.Table(
    "slis",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.LargeBinary(16), nullable=False, unique=True),  # of kind and fields
    sa.Column("service_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("wanted_ms", Millis, nullable=False),
    sa.Column("filled_ms", Millis, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
)

sli_rollups = sa.Table(
    "sli_rollups",
    metadata,
    sa.Column("service_id", sa.BigInteger, primary_key=True),
    sa.Column("sli_id", sa.BigInteger, primary_key=True),
    sa.Column("resolution_ms", sa.BigInteger, primary_key=True),
    sa.Column("first_ms", Millis, primary_key=True),  # where the day (of minutes) or the 32 days (of hours) begin
    sa.Column("data", Blob, nullable=False),
    sa.Index("ix_sli_rollups_resolution_ms_first_ms", "resolution_ms", "first_ms"),  # a day of many SLIs; forgetting
)

slos = sa.Table(
    "slos",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("service_id", sa.BigInteger, nullable=False),
    sa.Column("sli_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),  # decimal
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("archived_ms", Millis),
    sa.Index("ix_slos_service_id", "service_id"),  # a service's objectives
)
sa.Index(
    "uq_slos_slug",
    slos.c.slug,
    unique=True,
    sqlite_where=slos.c.archived_ms.is_(None),
    postgresql_where=slos.c.archived_ms.is_(None),
)  # the name of one that is archived may be given again

slo_edits = sa.Table(
    "slo_edits",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("slo_id", sa.BigInteger, nullable=False),
    sa.Column("at_ms", Millis, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),  # JSON, "" of one that was not there
    sa.Column("after", sa.Text, nullable=False),  # JSON, "" of one that was archived
    sa.Index("ix_slo_edits_slo_id_at_ms", "slo_id", "at_ms"),  # who changed an objective
)

ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("slo_id", sa.BigInteger),
    sa.Column("service_id", sa.BigInteger),
    sa.Column("start_ms", Millis, nullable=False),
    sa.Column("end_ms", Millis, nullable=False),
    sa.Column("recurrence", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("treatment", sa.Text, nullable=False),
    sa.Column("events", Real, nullable=False),
    sa.Column("reverses", sa.BigInteger, unique=True),  # an entry is reversed once
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_ms", Millis, nullable=False),
)

burn_alerts = sa.Table(
    "burn_alerts",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("slo_id", sa.BigInteger, nullable=False),
    sa.Column("pair", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("factor", Real, nullable=False),
    sa.Column("since_ms", Millis, nullable=False),
    sa.Column("fired_ms", Millis),  # null while pending
    sa.Column("resolved_ms", Millis),  # null while open
    sa.Column("long_burn", Real, nullable=False),
    sa.Column("short_burn", Real, nullable=False),
    sa.Column("budget_left", Real),
    sa.Column("ended", sa.Text, nullable=False),  # why, "" while open
    sa.Index("ix_burn_alerts_slo_id_since_ms", "slo_id", "since_ms"),  # the alerts of an objective in a span
)
sa.Index(
    "uq_burn_alerts_slo_id_pair",
    burn_alerts.c.slo_id,
    burn_alerts.c.pair,
    unique=True,
    sqlite_where=burn_alerts.c.resolved_ms.is_(None),
    postgresql_where=burn_alerts.c.resolved_ms.is_(None),
)  # a policy has one open alert; also serves "all that are open"

slo_healths = sa.Table(
    "slo_healths",
    metadata,
    sa.Column("slo_id", sa.BigInteger, primary_key=True),
    sa.Column("at_ms", Millis, primary_key=True),
    sa.Column("health", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("budget_left", Real),
    sqlite_with_rowid=False,
)

slo_periods = sa.Table(
    "slo_periods",
    metadata,
    sa.Column("slo_id", sa.BigInteger, primary_key=True),
    sa.Column("start_ms", Millis, primary_key=True),
    sa.Column("end_ms", Millis, nullable=False),
    sa.Column("target", sa.Text, nullable=False),  # decimal, as it was then
    sa.Column("bad", sa.BigInteger, nullable=False),  # millionths of events
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("known_seconds", Real, nullable=False),
    sa.Column("closed_ms", Millis, nullable=False),
    sqlite_with_rowid=False,
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("api_version", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("updated_ms", Millis, nullable=False),
)
