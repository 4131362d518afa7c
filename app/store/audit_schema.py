"""The audit log: a row a deed, in the order they were done, each sealed by a digest of itself and of the one before."""

import sqlalchemy as sa

from app.store.schema import Blob, Millis, metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_ms", Millis, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("whence", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("digest", Blob, nullable=False),
    sa.Index("ix_audit_at_ms", "at_ms"),  # forgetting
)
