"""Servers to send mail to in tests: a mail server and a stand-in for GOV.UK Notify, both as moody as real ones."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Mood = Callable[[str], str]
"""What becomes of mail to this address: `take`, `drop`, `drop after taking`, or an answer such as `451 Later`."""


class Taken:
    """Every mail that was taken, by what identifies it, with whom it was for."""

    def __init__(self, mood: Mood) -> None:
        self.mood = mood
        self.lock = threading.Lock()
        self.mails: list[tuple[str, str, Any]] = []
        self.senders: list[str | None] = []
        """From whom each mail said to come, to a mail server."""

    def note(self, key: str, to: str, mail: Any) -> None:
        """One more has arrived."""
        with self.lock:
            self.mails.append((key, to, mail))

    @property
    def recipients(self) -> list[str]:
        """Who has got something, as often as they did."""
        with self.lock:
            return [to for _, to, _ in self.mails]


class _Mailbox:
    """What the mail server does with a recipient and with a mail."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or refuse them."""
        mood = self.taken.mood(address)
        if mood[0] in "45":
            return mood
        if mood == "drop":
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail; the sender may never hear that it was taken."""
        [to] = envelope.rcpt_tos
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        self.taken.senders.append(envelope.mail_from)
        self.taken.note(mail["Message-ID"], to, mail)
        if self.taken.mood(to) == "drop after taking":
            _hang_up(server)
        return "250 OK"


def _hang_up(server: SMTP) -> None:
    assert server.transport
    server.transport.abort()


@contextmanager
def mail_server(mood: Mood = lambda to: "take") -> Iterator[tuple[int, Taken]]:
    """A mail server on a port of its own."""
    taken = Taken(mood)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(_Mailbox(taken), hostname="127.0.0.1", port=port, server_hostname="mail.example")
    controller.start()
    try:
        yield port, taken
    finally:
        controller.stop()


@contextmanager
def notify_server(mood: Mood = lambda to: "take") -> Iterator[tuple[str, Taken]]:
    """A stand-in for GOV.UK Notify at an address of its own."""
    taken = Taken(mood)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mood = taken.mood(asked["email_address"])
            if mood[0] in "45":
                error, _, message = mood[4:].partition(": ")
                self.answer(int(mood[:3]), {"errors": [{"error": error, "message": message}]})
                return
            if mood == "drop":
                self.connection.close()
                return
            taken.note(asked["reference"], asked["email_address"], (self.path, dict(self.headers), asked))
            if mood == "drop after taking":
                self.connection.close()
                return
            self.answer(201, {"id": "1"})

        def answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def finish(self) -> None:
            if not self.wfile.closed and self.connection.fileno() >= 0:
                super().finish()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
    finally:
        server.shutdown()
        server.server_close()
