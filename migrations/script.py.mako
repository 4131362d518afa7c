"""${message}

A migration does one thing, runs on both databases, holds no lock long, and leaves the previous release's code working:
add first, fill in batches, remove in a later release.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
