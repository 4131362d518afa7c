"""HTTP as bytes on a socket, for what no well-behaved client sends."""

import socket
from collections.abc import Callable


class Client:
    """A raw connection."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.read = b""  # and not yet taken
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer that says its length."""
        head = self._take(lambda read: read.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if b"\r\n\r\n" in read else None)
        length = sum(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return int(head[9:12]), self._take(lambda read: read[:length] if len(read) >= length else None)

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        while chunk := self.socket.recv(65_536):
            self.read += chunk
        return self.read

    def _take(self, part: Callable[[bytes], bytes | None]) -> bytes:
        while (found := part(self.read)) is None:
            chunk = self.socket.recv(65_536)
            assert chunk, f"closed after {self.read!r}"
            self.read += chunk
        self.read = self.read[len(found) :]
        return found
