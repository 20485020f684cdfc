"""A load client on raw sockets, so that it measures the server and not itself.

Run as a process of its own: a JSON order on standard input, a JSON result on standard output.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import quantiles


@dataclass(frozen=True)
class Order:
    """What to ask for. `{n}` in the body is replaced by a number that is never used twice."""

    port: int
    path: str
    clients: int
    seconds: float
    cookies: list[str] = field(default_factory=list)
    """One for each client in turn; none for someone not signed in."""
    bodies: list[str] | None = None
    """Form bodies to post in turn; None to get."""


@dataclass(frozen=True)
class Result:
    """Requests a second, and how long one took in milliseconds: half were faster than p50, 99 in 100 than p99."""

    per_second: float
    p50: float
    p99: float
    requests: int
    statuses: dict[str, int]
    bytes: int


@dataclass
class Connection:
    """One client: it sends a request, waits for the whole answer, and sends the next."""

    number: int
    socket: socket.socket
    sent_at: float = 0
    received: bytearray = field(default_factory=bytearray)
    expected: int = 0
    """Bytes of the whole answer, 0 while its head is still arriving."""


def run(order: Order) -> Result:
    """Keep the clients busy for the time given. Raises ConnectionError when the server hangs up."""
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    serial = 0
    size = 0
    for number in range(order.clients):
        sock = socket.create_connection(("127.0.0.1", order.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(number, sock)
        selector.register(sock, selectors.EVENT_READ, connection)
        serial += 1
        _send(order, connection, serial)
    start = time.perf_counter()
    until = start + order.seconds
    running = order.clients
    while running:
        for key, _ in selector.select():
            connection = key.data
            if not _receive(connection):
                continue
            now = time.perf_counter()
            latencies.append(now - connection.sent_at)
            statuses[connection.received[9:12].decode()] += 1
            size = len(connection.received)
            if now < until:
                serial += 1
                _send(order, connection, serial)
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
                running -= 1
    took = time.perf_counter() - start
    cuts = quantiles(latencies, n=100, method="inclusive") if len(latencies) > 1 else [0.0] * 99
    return Result(len(latencies) / took, cuts[49] * 1000, cuts[98] * 1000, len(latencies), dict(statuses), size)


def _send(order: Order, connection: Connection, serial: int) -> None:
    head = [
        f"{'POST' if order.bodies else 'GET'} {order.path} HTTP/1.1",
        f"Host: 127.0.0.1:{order.port}",
        "Sec-Fetch-Site: same-origin",
    ]
    if order.cookies:
        head.append(f"Cookie: {order.cookies[connection.number % len(order.cookies)]}")
    body = b""
    if order.bodies:
        body = order.bodies[serial % len(order.bodies)].replace("{n}", f"{time.time_ns()}{serial}").encode()
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    connection.received = bytearray()
    connection.expected = 0
    connection.sent_at = time.perf_counter()
    connection.socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def _receive(connection: Connection) -> bool:
    """Take what has arrived; whether the answer is whole."""
    arrived = connection.socket.recv(262_144)
    if not arrived:
        raise ConnectionError("the server closed the connection")
    connection.received += arrived
    if not connection.expected:
        end = connection.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(connection.received[:end]).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        connection.expected = end + 4 + int(length or 0)
    return len(connection.received) >= connection.expected


if __name__ == "__main__":
    json.dump(asdict(run(Order(**json.load(sys.stdin)))), sys.stdout)
