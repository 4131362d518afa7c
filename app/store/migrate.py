"""Bringing the database to this release's schema."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app import config
from app.domain.errors import AppError
from app.store import dialect
from app.store.engine import Store
from app.store.tables import metadata


def upgrade(store: Store) -> None:
    """Apply every migration not yet applied. Raises AppError when the database belongs to a newer release."""
    settings = _settings()
    known = {revision.revision for revision in ScriptDirectory.from_config(settings).walk_revisions()}
    with store.writing() as db:
        dialect.lock_schema(db)
        current = MigrationContext.configure(db).get_current_revision()
        if current is not None and current not in known:
            raise AppError(
                f"The database was made by a newer Burnline (revision {current}).",
                code="database_newer",
                hint="Start that release again, or restore a backup made before the upgrade.",
            )
        settings.attributes["connection"] = db
        command.upgrade(settings, "head")


def drift(store: Store) -> list[object]:
    """Where the migrated database differs from the schema in the code; empty when it does not."""
    with store.reading() as db:
        return list(compare_metadata(MigrationContext.configure(db), metadata))


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(config.asset("migrations")))
    return settings
