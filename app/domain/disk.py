"""When a disk counts as full: before it is, because a database that cannot write can neither forget nor stop well."""

RETURN_FACTOR = 2  # so many times the floor must be free again, or it would go to and fro
BALLAST_SHARE = 4  # a quarter of the floor lies in a file that is given up when the disk is full


def is_full(free: int, floor: int, *, was_full: bool) -> bool:
    """Whether no samples are to be taken, with `free` and `floor` in bytes; a floor of 0 never is."""
    return free < (floor * RETURN_FACTOR if was_full else floor)
