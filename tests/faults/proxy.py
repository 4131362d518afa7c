"""A TCP proxy before a database, which can be told to reset connections or to swallow everything."""

import selectors
import socket
from contextlib import suppress
from enum import StrEnum, auto
from threading import Thread
from types import TracebackType
from typing import Self


class Mode(StrEnum):
    """What becomes of bytes."""

    PASS = auto()
    SWALLOW = auto()  # a black hole: connections stay, nothing goes through, new ones are taken and never answered
    RESET = auto()


class Proxy:
    """Listens on a port of its own while its block runs."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._others: dict[socket.socket, socket.socket] = {}
        self._mode = Mode.PASS
        self._wanted = Mode.PASS
        self._stopping = False
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._thread.join()

    def set(self, mode: Mode) -> None:
        """From now on. Connections that were swallowed are cut when it ends: what was lost in them stays lost."""
        self._wanted = mode
        while self._mode is not mode and self._thread.is_alive():
            self._thread.join(0.005)

    def _run(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        while not self._stopping:
            if self._wanted is not self._mode:
                if Mode.RESET is self._wanted or Mode.SWALLOW is self._mode:
                    self._cut()
                self._mode = self._wanted
            for key, _ in self._selector.select(0.005):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._others:
                    self._carry(key.fileobj)
        self._cut()
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        if self._mode is Mode.RESET:
            client.close()
            server.close()
            return
        for one, other in ((client, server), (server, client)):
            self._others[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _carry(self, source: socket.socket) -> None:
        try:
            data = source.recv(65_536)
            if data and self._mode is Mode.PASS:
                self._others[source].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._end(source)

    def _cut(self) -> None:
        for one in list(self._others):
            if one in self._others:
                self._end(one)

    def _end(self, one: socket.socket) -> None:
        for end in (one, self._others.pop(one)):
            self._others.pop(end, None)
            self._selector.unregister(end)
            with suppress(OSError):
                end.close()
