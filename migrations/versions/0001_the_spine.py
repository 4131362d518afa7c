"""The spine: catalogue, journal, chunks, rollups, changes, working state."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("recorded_ms", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("service", "at_ms", "version"),
    )
    op.create_index("ix_changes_at_ms", "changes", ["at_ms"])
    op.create_table(
        "chunks",
        sa.Column("service_id", sa.BigInteger(), primary_key=True),
        sa.Column("series_id", sa.BigInteger(), primary_key=True),
        sa.Column("first_ms", sa.BigInteger(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_chunks_last_ms", "chunks", ["last_ms"])
    op.create_table(
        "journal",
        sa.Column("seq", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "layouts",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("bounds", sa.LargeBinary(), nullable=False, unique=True),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "metrics",
        sa.Column("metric", sa.Text(), primary_key=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
    )
    op.create_table(
        "series",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("fingerprint", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("feeds", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_series_metric", "series", ["metric"])
    op.create_index("ix_series_service_id", "series", ["service_id"])
    op.create_table(
        "series_rollups",
        sa.Column("service_id", sa.BigInteger(), primary_key=True),
        sa.Column("series_id", sa.BigInteger(), primary_key=True),
        sa.Column("resolution_ms", sa.BigInteger(), primary_key=True),
        sa.Column("first_ms", sa.BigInteger(), primary_key=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_series_rollups_last_ms", "series_rollups", ["last_ms"])
    op.create_table(
        "services",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("slug", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("newest_ms", sa.BigInteger()),
    )
    op.create_table(
        "signal_rollups",
        sa.Column("service_id", sa.BigInteger(), primary_key=True),
        sa.Column("resolution_ms", sa.BigInteger(), primary_key=True),
        sa.Column("bucket_ms", sa.BigInteger(), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Double()),
        sa.Column("errors", sa.Double()),
        sa.Column("duration_sum", sa.Double()),
        sa.Column("duration_count", sa.Double()),
        sa.Column("duration_mean", sa.Double()),
        sa.Column("layout_id", sa.BigInteger()),
        sa.Column("buckets", sa.LargeBinary()),
        sa.Column("resources", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "states",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "uncondensed_days",
        sa.Column("service_id", sa.BigInteger(), primary_key=True),
        sa.Column("day", sa.BigInteger(), primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("uncondensed_days")
    op.drop_table("states")
    op.drop_table("signal_rollups")
    op.drop_table("services")
    op.drop_table("series_rollups")
    op.drop_table("series")
    op.drop_table("metrics")
    op.drop_table("leases")
    op.drop_table("layouts")
    op.drop_table("journal")
    op.drop_table("chunks")
    op.drop_table("changes")
