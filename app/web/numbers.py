"""Numbers by which an address names something: none is larger than a database, or a script, can hold."""

from typing import Annotated

from fastapi import Path, Query

LARGEST = 2**53

Number = Annotated[int, Path(ge=1, le=LARGEST)]
NumberOrAll = Annotated[int, Path(ge=0, le=LARGEST)]  # 0: all
Chosen = Annotated[int, Query(ge=0, le=LARGEST)]  # 0: none
