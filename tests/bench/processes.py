"""What a process costs: CPU seconds, memory, bytes on the disk. Linux only, from /proc."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KIB = 1024


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of /proc/<pid>/stat."""

    pid: int
    parent: int
    cpu_seconds: float  # with children that have ended


def stat(pid: int | str) -> Stat | None:
    """None when there is no such process or "self/task/<id>" any more."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return Stat(int(text.partition(" ")[0]), int(fields[1]), sum(int(field) for field in fields[11:15]) / TICKS)


def family(pid: int) -> list[int]:
    """A process and everything it has started that runs."""
    found = [one for entry in Path("/proc").iterdir() if entry.name.isdigit() and (one := stat(int(entry.name)))]
    members = {pid}
    grown = True
    while grown:
        more = {one.pid for one in found if one.parent in members} - members
        members |= more
        grown = bool(more)
    return sorted(members)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and everything it has started, user and system."""
    return sum(one.cpu_seconds for member in family(pid) if (one := stat(member)))


def peak_rss(pid: int) -> int:
    """The most bytes of memory the process itself ever held."""
    return _status(pid, "VmHWM")


def rss(pid: int) -> int:
    return _status(pid, "VmRSS")


def disk_bytes(folder: Path) -> int:
    """What the files below a folder occupy."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_blocks * 512
        except OSError:  # merged away meanwhile
            continue
    return total


def wait_until_idle(pid: int, *, seconds: float = 120.0, share: float = 0.04) -> None:
    """Return when the process has used next to no CPU for three seconds."""
    deadline = time.monotonic() + seconds
    calm = 0
    before = cpu_seconds(pid)
    while calm < 3 and time.monotonic() < deadline:
        time.sleep(1)
        now = cpu_seconds(pid)
        calm = calm + 1 if now - before < share else 0
        before = now


def machine() -> str:
    """One line: processors, memory, kernel."""
    model = _first("/proc/cpuinfo", "model name")
    memory = int(_first("/proc/meminfo", "MemTotal").split()[0]) / KIB / KIB
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, Linux {os.uname().release}"


def _status(pid: int, name: str) -> int:
    return int(_first(f"/proc/{pid}/status", name).split()[0]) * KIB


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    raise LookupError(f"{path} tells nothing of {name}")
