"""Every table but those of objectives, see `slo_schema`.

Sample-bearing tables carry `service_id` in their key, so that a service's data can live together.

Times are Unix milliseconds. Tables with large blobs keep SQLite's row ids: without them every row of over a thousand
bytes would fill a page of its own. Blobs are written and read by `app.domain.codec` alone.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only when the key is declared INTEGER.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Millis = sa.BigInteger
Real = sa.Double
Blob = sa.LargeBinary

services = sa.Table(
    "services",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("newest_ms", Millis),
    # What people say of a service; labels and annotations are JSON.
    sa.Column("title", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("labels", sa.Text),
    sa.Column("annotations", sa.Text),
)

series = sa.Table(
    "series",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("fingerprint", sa.LargeBinary(16), nullable=False, unique=True),
    sa.Column("service_id", sa.BigInteger, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("labels", sa.Text, nullable=False),
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),  # see app.domain.cells
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("feeds", sa.Text, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Index("ix_series_metric", "metric"),  # GET /api/series?match=METRIC
    sa.Index("ix_series_service_id", "service_id"),  # recomputing a service's minutes
)

metrics = sa.Table(
    "metrics",
    metadata,
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("help", sa.Text, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", RowId, primary_key=True, autoincrement=True),
    sa.Column("received_ms", Millis, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("first_ms", Millis, nullable=False),  # the oldest sample in it
    sa.Column("last_ms", Millis, nullable=False),  # the newest
    sa.Column("data", Blob, nullable=False),
    sqlite_autoincrement=True,  # a seq is never used twice, so a follower cannot miss a row
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("service_id", sa.BigInteger, primary_key=True),
    sa.Column("series_id", sa.BigInteger, primary_key=True),
    sa.Column("first_ms", Millis, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("last_ms", Millis, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("data", Blob, nullable=False),
    sa.Index("ix_chunks_last_ms", "last_ms"),  # forgetting
)

series_rollups = sa.Table(
    "series_rollups",
    metadata,
    sa.Column("service_id", sa.BigInteger, primary_key=True),
    sa.Column("series_id", sa.BigInteger, primary_key=True),
    sa.Column("resolution_ms", sa.BigInteger, primary_key=True),
    sa.Column("first_ms", Millis, primary_key=True),
    sa.Column("last_ms", Millis, nullable=False),
    sa.Column("data", Blob, nullable=False),
    sa.Index("ix_series_rollups_last_ms", "last_ms"),  # forgetting
)

uncondensed_days = sa.Table(
    "uncondensed_days",
    metadata,
    sa.Column("service_id", sa.BigInteger, primary_key=True),
    sa.Column("day", sa.BigInteger, primary_key=True),  # Unix days
    sqlite_with_rowid=False,
)

layouts = sa.Table(
    "layouts",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("bounds", Blob, nullable=False, unique=True),
)

signal_rollups = sa.Table(
    "signal_rollups",
    metadata,
    sa.Column("service_id", sa.BigInteger, primary_key=True),
    sa.Column("resolution_ms", sa.BigInteger, primary_key=True),
    sa.Column("bucket_ms", Millis, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("requests", Real),
    sa.Column("errors", Real),
    sa.Column("duration_sum", Real),
    sa.Column("duration_count", Real),
    sa.Column("duration_mean", Real),
    sa.Column("layout_id", sa.BigInteger),
    sa.Column("buckets", Blob),
    sa.Column("resources", sa.Text),
    sqlite_with_rowid=False,
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("at_ms", Millis, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("recorded_ms", Millis, nullable=False),
    sa.UniqueConstraint("service", "at_ms", "version"),  # a repeated report is the same change; also serves "between"
    sa.Index("ix_changes_at_ms", "at_ms"),  # changes of all services in a span
)

states = sa.Table(
    "states",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("data", Blob, nullable=False),
    sa.Column("updated_ms", Millis, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("until_ms", Millis, nullable=False),
)
