"""Ports for programs that are told which one to take; standard library only."""

import socket
import sys


class Port:
    """A free port of 127.0.0.1, which the system gives to nobody else until this is closed.

    It is bound with SO_REUSEADDR, as servers bind theirs, and nobody listens on it: on Linux a server that names it may. Elsewhere it
    is let go at once, and somebody else may take it first.
    """

    def __init__(self):
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self.number = self._held.getsockname()[1]
        if sys.platform != "linux":
            self.close()

    def close(self):
        self._held.close()

    def __str__(self):
        return str(self.number)
