"""Every case of bad input is proved by a test that is there, or says why there is nothing to prove."""

import re
from pathlib import Path

from tests.web.catalogue import CATALOGUE, NUMBERS, Later

TESTS = Path(__file__).parents[1]


def test_no_case_is_missing_and_none_is_made_up() -> None:
    assert sorted(CATALOGUE) == sorted(NUMBERS)


def test_every_case_has_a_test_that_is_there() -> None:
    missing = {
        number: name
        for number, proof in CATALOGUE.items()
        if not isinstance(proof, Later)
        for name in proof or ("nothing",)
        if not _is_there(name)
    }
    assert missing == {}


def _is_there(name: str) -> bool:
    file, _, test = name.partition("::")
    path = TESTS / file
    return path.is_file() and (not test or re.search(rf"def {test}\(", path.read_text()) is not None)
