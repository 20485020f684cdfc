"""Real servers for measurements and for tests of what happens at once, in a process of their own or in this one."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from backend import main
from backend.core.db import Database


@contextmanager
def serving(app: str, *, factory: bool = False, **environment: str) -> Iterator[int]:
    """Run an app with uvicorn in a process of its own; its port. Raises RuntimeError if it does not come up in 20 s."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen(
        [*command, *(["--factory"] if factory else [])],
        env={**os.environ, **environment},
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def listening(database: Database, *, cache_megabytes: int = 0) -> Iterator[int]:
    """Run the app on this database in a thread of this process, which has everything loaded already; its port.

    Servers are started one after the other: two in one process cannot make their routes ready at once.
    """
    app = main.behind_middleware(main.create_api(database), cache_megabytes=cache_megabytes)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    _try_all_routes(port)
    yield port
    server.should_exit = True
    thread.join(10)


def _try_all_routes(port: int) -> None:
    """Ask for what is not there: every route is made ready when it is first compared with an address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/not-here")
    connection.getresponse().read()
    connection.close()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
