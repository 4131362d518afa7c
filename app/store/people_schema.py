"""The tables of people: accounts and what belongs to them, and the tokens of machines.

No column holds anything that lets somebody in: passwords are argon2id hashes, everything else that is shown to prove
who asks is stored as its SHA-256.
"""

import sqlalchemy as sa

from app.store import schema
from app.store.schema import Millis, Real, RowId

metadata = schema.metadata
Digest = sa.LargeBinary(32)

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text),  # an argon2id hash; null: signs in elsewhere, or has not chosen one yet
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("signed_in_ms", Millis),
    sa.Column("disabled_ms", Millis),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("person_id", sa.BigInteger, primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", RowId, primary_key=True, autoincrement=True),
    sa.Column("digest", Digest, nullable=False, unique=True),
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("seen_ms", Millis, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Index("ix_sessions_person_id", "person_id"),  # a person's sessions, to be shown and ended
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", Digest, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),  # with blanks between them
    sa.Column("source", sa.Text, nullable=False),  # "": may send as anybody
    sa.Column("person_id", sa.BigInteger),  # whose it is; null: the installation's
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("created_ms", Millis, nullable=False),
    sa.Column("expires_ms", Millis),
    sa.Column("used_ms", Millis),  # to the hour
    sa.Column("revoked_ms", Millis),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("digest", Digest, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("person_id", sa.BigInteger),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("expires_ms", Millis, nullable=False),
)

sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("left", Real, nullable=False),
    sa.Column("at_ms", Millis, nullable=False),
)
