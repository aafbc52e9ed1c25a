"""Runs the console: one process, one event loop, threads for the pages."""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from django.core.handlers.asgi import ASGIHandler

from bulkhead.kernel.errors import BadInput
from bulkhead.web.books import close_books
from bulkhead.web.live.hub import end_streams

# Files of the pages' own: small, and given out whole.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
BACKLOG = 512
# What the kernel holds for a slow reader is what their live screen is behind; it would take megabytes.
SEND_BUFFER_BYTES = 128 << 10


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises ``BadInput`` where another listens already."""
    try:
        listener = socket.create_server((host, port), backlog=BACKLOG)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # its connections inherit it
        return listener
    except OSError as problem:
        raise BadInput(f"The console cannot listen on {host}:{port}: {problem.strerror or problem}.") from None


def server_of(*, quiet: bool = True) -> uvicorn.Server:
    """The web server over the console's pages; its log says what went wrong and nothing else."""
    return uvicorn.Server(
        uvicorn.Config(
            ASGIHandler(),
            lifespan="off",
            log_level="error" if quiet else "info",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # else whoever is on this machine says which address they come from
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=64 << 10,
        )
    )


@contextmanager
def serving(listener: socket.socket) -> Iterator[uvicorn.Server]:
    """The console answers on ``listener``, from a thread of its own, until the block ends."""
    server = server_of()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="console", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.should_exit = True
        end_streams()
        thread.join(10)
        listener.close()
        close_books()
