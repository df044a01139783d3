"""The port that the API answers at."""

from __future__ import annotations

import errno
import socket
import time

from penstock.errors import SetupError

SECONDS_TO_WAIT_FOR_A_DYING_HOLDER = 1.5
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what an operator has chosen is looked up, not listened at


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at ``host`` and ``port``.

    Without SO_REUSEPORT, so that a second server at the same port is refused instead of silently sharing its
    connections. The supervisor opens it for the API: the port stays ours while the API is started again.

    Raises:
        SetupError: the port is taken, not allowed, or not an address of this machine.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT_FOR_A_DYING_HOLDER
    while True:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise SetupError(_reason(host, port, error)) from error
            time.sleep(0.1)
        else:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # answers go out at once
            return listener


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program. Stop it, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system's services. Choose one above 1023 with --port."
    return f"Penstock cannot listen at {host} port {port} ({error}). Choose others with --host and --port."


def address_of(listener: socket.socket) -> tuple[str, int]:
    """Return host and port by which this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    return _HERE.get(host, host), port


def url_of(listener: socket.socket) -> str:
    """Return the URL by which this machine reaches the listener."""
    host, port = address_of(listener)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
