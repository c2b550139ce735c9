"""A cable between browser and server that a test can pull, or leave dead without a word."""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Passes on what comes to a port of this machine."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.is_cut = False
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.asleep: list[socket.socket] = []  # ends of browsers that have heard of nothing
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections and take none."""
        self.is_cut = True
        for pair in self._take_all():
            for end in pair:
                _end(end)

    def sleep(self) -> None:
        """As a closed lid: the server's ends are closed, the browser hears nothing of it."""
        self.is_cut = True
        pairs = self._take_all()
        self.asleep += [browser for browser, _ in pairs]
        for _, server in pairs:
            _end(server)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        for end in (*self.asleep, self.listening):
            _end(end)

    def _take_all(self) -> list[tuple[socket.socket, socket.socket]]:
        pairs, self.pairs = self.pairs, []
        return pairs

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self.listening.accept()
                if self.is_cut:
                    browser.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.to))
                self.pairs.append((browser, server))
                for one, other in ((browser, server), (server, browser)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        if other not in self.asleep:
            _end(other)
        if one in self.asleep and not self.is_cut:  # a word into a dead connection ends it
            _end(one)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
