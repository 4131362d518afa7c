"""What no linter knows: how long a file may be, and whether the lock files are whole. `make check` runs it."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools import lock

MAX_LINES = 300
COUNTED = {".py", ".js", ".css", ".html", ".sh", ".proto"}
GENERATED = re.compile(r"static/vendor/|_pb2\.pyi?$|/captures/")
ADDRESS = re.compile(r"://|^\s*-(-index-url|-extra-index-url|i|-find-links|f)\b")


def main() -> None:
    faults = [*long_files(tracked_files()), *stale_locks()]
    print(*faults, sep="\n")
    sys.exit(bool(faults))


def tracked_files() -> list[Path]:
    """What git has, and what it would be given."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=True
    )
    paths = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    return sorted({path for path in paths if path.is_file()})


def long_files(paths: list[Path]) -> Iterator[str]:
    allowed = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["burnline"]["long_files"]
    counts = {
        str(path): path.read_bytes().count(b"\n")
        for path in paths
        if path.suffix in COUNTED and not GENERATED.search(path.as_posix())
    }
    for path, lines in counts.items():
        if lines > MAX_LINES and path not in allowed:
            yield (
                f"{path} has {lines} lines, more than {MAX_LINES}: split it by concept, "
                "or give the reason in pyproject.toml, tool.burnline.long_files."
            )
    for path in allowed:
        if counts.get(path, 0) <= MAX_LINES:
            yield f"{path} is no longer longer than {MAX_LINES} lines: delete its entry in pyproject.toml."


def stale_locks() -> Iterator[str]:
    pins = {name: (lock.REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8") for name in lock.AGREES_WITH}
    for name, text in pins.items():
        if not text.startswith(lock.digest_line(name)):
            yield f"requirements/{name}.txt was made from another {name}.in: run make lock."
        for line in text.splitlines():
            if ADDRESS.search(line):
                yield f"requirements/{name}.txt names a place to download from: {line.strip()}"
        yield from (f"requirements/{name}.txt pins {pin} without a hash." for pin in unhashed(text))
        for other in lock.AGREES_WITH[name]:
            yield from disagreements(name, text, other, pins[other])


def disagreements(name: str, text: str, other: str, other_text: str) -> Iterator[str]:
    ours, theirs = versions(text), versions(other_text)
    for package in sorted(ours.keys() & theirs.keys()):
        if ours[package] != theirs[package]:
            yield f"requirements/{name}.txt and {other}.txt pin different versions of {package}: run make lock."


def versions(text: str) -> dict[str, set[str]]:
    """The pinned versions by package; a package may be pinned once a platform."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


def unhashed(text: str) -> list[str]:
    whole = text.replace("\\\n", " ")
    return [line.split()[0] for line in whole.splitlines() if line and line[0] != "#" and "--hash=sha256:" not in line]


if __name__ == "__main__":
    main()
