"""The JSON API over the cast."""

from tests.web.filled import board, migrated, store

__all__ = ["board", "migrated", "store"]
