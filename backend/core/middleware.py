"""What stands around the app: the language, the headers, and the guards that every request passes."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core import cookies, errors, i18n, text, tokens
from backend.core.db import SAFE_METHODS
from backend.core.web import refusal_page

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


class InTheirLanguage:
    """ASGI middleware: an answer is made in the language that the browser has been asked to keep."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go by the cookie; English without one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"cookie")
        if sent is None:  # as most readers of kept pages: English is spoken anyway
            await self.app(scope, receive, send)
            return
        chosen = cookie_parser(sent.decode("latin-1")).get(cookies.LANGUAGE.name, "")
        with i18n.speaking(chosen if chosen in i18n.LANGUAGES else "en"):
            await self.app(scope, receive, send)


def may_frame(request: Request, host: str) -> None:
    """Let this one answer hold a frame from that host; every other answer holds none."""
    request.scope["frames"].append(host)


class SecurityHeaders:
    """ASGI middleware: every answer, errors included, carries the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request a nonce and the answer its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["nonce"] = tokens.secret()[:32]
        frames: list[str] = []
        scope["frames"] = frames

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                policy = CONTENT_SECURITY_POLICY.format(nonce=scope["nonce"])
                headers["Content-Security-Policy"] = f"{policy}; frame-src {' '.join(frames)}" if frames else policy
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class ReadableOnly:
    """ASGI middleware: an address with control characters in it is refused, because a database may choke on them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the path and the query."""
        if scope["type"] == "http":
            query = unquote(scope["query_string"].decode("latin-1"))
            if text.CONTROL.search(scope["path"]) or text.CONTROL.search(query):
                await refusal_page(Request(scope), errors.BadAddress())(scope, receive, send)
                return
        await self.app(scope, receive, send)


class NotTooLarge:
    """ASGI middleware: a body that says it is too large is refused in words, before any of it is read."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go by Content-Length; a body that does not say its length is counted by the app as it comes in."""
        if scope["type"] == "http":
            length = dict(scope["headers"]).get(b"content-length", b"")
            if length.isdigit() and int(length[:20]) > self.largest:
                await refusal_page(Request(scope), errors.TooLarge())(scope, receive, send)
                return
        await self.app(scope, receive, send)


class HeadLikeGet:
    """ASGI middleware: whoever asks for the headers alone gets those of the page, on every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as to a GET, without the body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class SameSiteOnly:
    """ASGI middleware: a request that changes something must come from our own pages.

    But for addresses that are a secret of whoever holds them: those say by themselves that they may be posted to.
    """

    def __init__(self, app: ASGIApp, is_signed: Callable[[str], bool]) -> None:
        self.app = app
        self.is_signed = is_signed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go by Sec-Fetch-Site; by Origin where a browser does not send it; refuse where both are missing."""
        changes = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if changes and not _from_our_site(scope) and not self.is_signed(scope["path"]):
            response = refusal_page(Request(scope), errors.FromAnotherSite())
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _from_our_site(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in (b"same-origin", b"none")
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    return bool(origin) and origin == headers.get(b"host", b"").decode("latin-1")
