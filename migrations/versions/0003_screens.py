"""Screens: the links of wall screens."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "screens",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wall", sa.Text(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("inch", sa.Double(), nullable=False),
        sa.Column("metres", sa.Double(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("lifetime_ms", sa.BigInteger()),
        sa.Column("expires_ms", sa.BigInteger()),
        sa.Column("revoked_ms", sa.BigInteger()),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger()),
        sa.Column("seen_address", sa.Text(), nullable=False),
        sa.Column("seen_build", sa.Text(), nullable=False),
        sa.Column("seen_viewport", sa.Text(), nullable=False),
    )
    op.create_table(
        "screen_calls",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("screen_calls")
    op.drop_table("screens")
