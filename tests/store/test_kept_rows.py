"""Rows put away come back as they were."""

from app.store import rollups
from app.store.chunks import Chunk
from app.store.kept_rows import KeptRows
from app.store.rollups import Piece

CHUNKS = [Chunk(1, 2**40, 1_795_000_020_000, 7, 1_795_000_080_000, 2, b"\x00ab"), Chunk(0, 3, 0, 7, 0, 1, b"")]
PIECES = [Piece(1, 9, 60_000, 120_000, b"x" * 300), Piece(2, 8, 0, 3_600_000, b"y", 3_600_000)]


def test_rows_come_back_as_they_were_as_often_as_they_are_asked_for() -> None:
    chunks, pieces = KeptRows(CHUNKS, Chunk), KeptRows(PIECES, rollups.piece_of)
    assert list(chunks) == list(chunks) == CHUNKS
    assert list(pieces) == PIECES
    assert list(KeptRows([], Chunk)) == []
