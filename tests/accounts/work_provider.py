"""A provider of work accounts for tests, which says whatever a test wants it to say."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from backend.core import clock
from tests.browsing import Visitor

CLIENT = "framework-pilot"
START = "/sign-in/work-account"
CALLBACK = "/sign-in/work-account/callback"


class WorkProvider:
    """One provider, listening on a port of its own. A test changes what it answers, or makes it fall silent."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.id_token: str | None = None
        """What is sent in place of a token of the claims."""
        self.fails_with = 0
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def token(self, nonce: str) -> str:
        """An ID token for somebody who has just signed in there, changed as the test says."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": nonce, "email": "sam@authority.example", "email_verified": True, "acr": "two-factors",
            "amr": ["pwd", "otp"], **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not ...}
        return jwt.encode({"alg": "RS256", "kid": "first", **self.header}, claims, self.key)

    def _answer(self, path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys", **self.about,
            }  # fmt: skip
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token or self.token(self.nonce)}

    nonce = ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                form = parse_qs(self.rfile.read(length).decode())
                path = urlsplit(self.path).path
                provider.asked.append((path, form))
                body = json.dumps(provider._answer(path, form)).encode()
                self.send_response(provider.fails_with or 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815  # the name that the server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def begin(self, visitor: Visitor, going_to: str = "") -> dict[str, str]:
        """Start signing in; the answer is what the browser was sent there with."""
        response = visitor.client.get(
            f"{START}?next={going_to}", headers={"Sec-Fetch-Site": "none"}, follow_redirects=False
        )
        assert response.status_code == 303, response.text
        where = urlsplit(response.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{self.issuer}/authorize"
        sent = {name: values[0] for name, values in parse_qs(where.query).items()}
        self.nonce = sent["nonce"]
        return sent

    def come_back(self, visitor: Visitor, sent: dict[str, str], **more: str) -> Visitor:
        """The provider sends the browser back."""
        query = "&".join(f"{name}={value}" for name, value in {"code": "c", "state": sent["state"], **more}.items())
        return visitor.get(f"{CALLBACK}?{query}")
