"""Bringing the database to this release's schema."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app import config
from app.domain.errors import AppError
from app.store import dialect
from app.store.engine import Connection, Store
from app.store.tables import metadata


def upgrade(store: Store, to: str = "head") -> None:
    """Apply every migration not yet applied. Raises AppError when the database belongs to a newer release."""
    settings = _settings()
    with store.writing() as db:
        dialect.lock_schema(db)
        known_revision(db)
        settings.attributes["connection"] = db
        command.upgrade(settings, to)


def known_revision(db: Connection) -> str:
    """The revision a database is at; "base": it is empty. Raises AppError when a newer release made it."""
    found = MigrationContext.configure(db).get_current_revision()
    if found is not None and found not in {
        one.revision for one in ScriptDirectory.from_config(_settings()).walk_revisions()
    }:
        raise AppError(
            f"The database was made by a newer Burnline (revision {found}).",
            code="database_newer",
            hint="Start that release again, or restore a backup made before the upgrade.",
        )
    return found or "base"


def newest() -> str:
    """The revision of this release."""
    return str(ScriptDirectory.from_config(_settings()).get_current_head())


def drift(store: Store) -> list[object]:
    """Where the migrated database differs from the schema in the code; empty when it does not."""
    with store.reading() as db:
        return list(compare_metadata(MigrationContext.configure(db), metadata))


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(config.asset("migrations")))
    return settings
