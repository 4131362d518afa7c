"""Pin requirements/*.in with hashes: one resolution for every platform and every Python that Burnline runs on.

`make lock` runs it. The first line of what it writes is the digest of what was asked for, by which `make check` finds
a lock file that was not renewed, without asking a registry.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("requirements")
# What each set must agree with, in the order in which they are resolved.
AGREES_WITH = {"run": (), "dev": ("run",), "build": ("run", "dev")}


def digest_line(name: str) -> str:
    """The first line of a lock file."""
    asked = [(REQUIREMENTS / f"{each}.in").read_bytes() for each in (*AGREES_WITH[name], name)]
    return f"# {name}.in {hashlib.sha256(b''.join(asked)).hexdigest()}\n"


def lock(name: str, options: list[str]) -> None:
    target = REQUIREMENTS / f"{name}.txt"
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    for other in AGREES_WITH[name]:
        command += ["--constraint", str(REQUIREMENTS / f"{other}.txt")]
    subprocess.run([*command, *options, "--output-file", str(target), str(REQUIREMENTS / f"{name}.in")], check=True)
    target.write_text(digest_line(name) + target.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    for name in AGREES_WITH:
        lock(name, sys.argv[1:])
