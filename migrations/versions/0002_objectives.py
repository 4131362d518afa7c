"""Objectives: indicators and their minutes, definitions and who changed them, the ledger, alerts, periods."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SAID_OF_SERVICES = ("title", "description", "labels", "annotations")


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "slis",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("wanted_ms", sa.BigInteger(), nullable=False),
        sa.Column("filled_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "sli_rollups",
        sa.Column("service_id", sa.BigInteger(), primary_key=True),
        sa.Column("sli_id", sa.BigInteger(), primary_key=True),
        sa.Column("resolution_ms", sa.BigInteger(), primary_key=True),
        sa.Column("first_ms", sa.BigInteger(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_sli_rollups_resolution_ms_first_ms", "sli_rollups", ["resolution_ms", "first_ms"])
    op.create_table(
        "slos",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("sli_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("archived_ms", sa.BigInteger()),
    )
    op.create_index(
        "uq_slos_slug",
        "slos",
        ["slug"],
        unique=True,
        sqlite_where=sa.text("archived_ms IS NULL"),
        postgresql_where=sa.text("archived_ms IS NULL"),
    )
    op.create_index("ix_slos_service_id", "slos", ["service_id"])
    op.create_table(
        "slo_edits",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("slo_id", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
    )
    op.create_index("ix_slo_edits_slo_id_at_ms", "slo_edits", ["slo_id", "at_ms"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slo_id", sa.BigInteger()),
        sa.Column("service_id", sa.BigInteger()),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("recurrence", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("events", sa.Double(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), unique=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "burn_alerts",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("slo_id", sa.BigInteger(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("fired_ms", sa.BigInteger()),
        sa.Column("resolved_ms", sa.BigInteger()),
        sa.Column("long_burn", sa.Double(), nullable=False),
        sa.Column("short_burn", sa.Double(), nullable=False),
        sa.Column("budget_left", sa.Double()),
        sa.Column("ended", sa.Text(), nullable=False),
    )
    op.create_index(
        "uq_burn_alerts_slo_id_pair",
        "burn_alerts",
        ["slo_id", "pair"],
        unique=True,
        sqlite_where=sa.text("resolved_ms IS NULL"),
        postgresql_where=sa.text("resolved_ms IS NULL"),
    )
    op.create_index("ix_burn_alerts_slo_id_since_ms", "burn_alerts", ["slo_id", "since_ms"])
    op.create_table(
        "slo_healths",
        sa.Column("slo_id", sa.BigInteger(), primary_key=True),
        sa.Column("at_ms", sa.BigInteger(), primary_key=True),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("budget_left", sa.Double()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slo_periods",
        sa.Column("slo_id", sa.BigInteger(), primary_key=True),
        sa.Column("start_ms", sa.BigInteger(), primary_key=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("bad", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("known_seconds", sa.Double(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
    )
    for name in SAID_OF_SERVICES:
        op.add_column("services", sa.Column(name, sa.Text()))


def downgrade() -> None:
    for name in reversed(SAID_OF_SERVICES):
        op.drop_column("services", name)
    op.drop_table("documents")
    op.drop_table("slo_periods")
    op.drop_table("slo_healths")
    op.drop_table("burn_alerts")
    op.drop_table("ledger_entries")
    op.drop_table("slo_edits")
    op.drop_table("slos")
    op.drop_table("sli_rollups")
    op.drop_table("slis")
    op.drop_table("revisions")
