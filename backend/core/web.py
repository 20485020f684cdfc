"""Pages and answers: rendering, headers, and the guard against forms from elsewhere."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import jinja2
from fastapi import Request
from jinja2_fragments.fastapi import Jinja2Blocks
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core import clock, cookies, errors, i18n, text, tokens
from backend.core.config import settings
from backend.core.db import SAFE_METHODS
from backend.core.forms import Typed

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "backend" / "static"

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


@cache
def assets_version() -> str:
    """Changes whenever a static file changes, so that browsers may keep them for ever."""
    seen = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            seen.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return seen.hexdigest()[:12]


@cache
def build() -> str:
    """Changes whenever a page could be rendered differently by itself: code, templates, assets, settings."""
    seen = hashlib.sha256(assets_version().encode() + settings().model_dump_json().encode())
    for folder, ending in ((TEMPLATES, "*.html"), (ROOT / "backend", "*.py")):
        for path in sorted(folder.rglob(ending)):
            seen.update(path.read_bytes())
    return seen.hexdigest()


def asset(path: str) -> str:
    """The address of a static file."""
    return f"/static/{assets_version()}/{path}"


class Assets(StaticFiles):
    """Static files under an address that holds their version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Drop the version from the path and let browsers keep the file."""
        response = await super().get_response(path.partition("/")[2], scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@cache
def templates() -> Jinja2Blocks:
    """The environment of our own templates, where a misspelt name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(_govuk_macros())
    environment.globals.update(asset=asset, site=settings(), now=clock.now, languages=i18n.LANGUAGES)
    environment.filters.update(
        markdown=text.html, excerpt=text.excerpt, day=i18n.day, moment=i18n.moment, time=i18n.time,
        translated=i18n.gettext,
    )  # fmt: skip
    components: Any = environment.get_template("components.html").module
    environment.globals.update({name: value for name, value in vars(components).items() if name[0] != "_"})
    return Jinja2Blocks(env=environment)


def _govuk_macros() -> dict[str, Any]:
    """The GOV.UK macros, from an environment that forgives what they leave undefined."""
    package = jinja2.PackageLoader("govuk_frontend_jinja")
    loader = jinja2.PrefixLoader({"govuk_frontend_jinja": package})
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.ChainableUndefined)
    macros: dict[str, Any] = {}
    for path in loader.list_templates():
        if path.endswith("/macro.html"):
            module: Any = environment.get_template(path).module
            macros.update({name: value for name, value in vars(module).items() if name.startswith("govuk")})
    return macros


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page, and not for the whole to restore it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def render(request: Request, template: str, *, block: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page; or its block of that name, where there is one and htmx asks."""
    fragment = block is not None and wants_fragment(request)
    notice = unquote(request.cookies.get(cookies.NOTICE.name, ""))
    asked = getattr(request.state, "typed", Typed())
    if asked.other_language and status == 422:
        asked.mistakes, status = {}, 200
    context = {
        "viewer": getattr(request.state, "viewer", None),
        "nonce": request.scope.get("nonce", ""),
        "path": request.url.path,
        "here": address_of(request),
        "language": i18n.language.get(),
        "notice": notice,
        "typed": Typed(),
        **context,
    }
    response = templates().TemplateResponse(
        request, template, context, status_code=status, block_name=block if fragment else None
    )
    if block is not None:
        response.headers["Vary"] = "HX-Request"
        if fragment:
            response.headers["Part"] = block  # so that a page tells our answers from those of somebody in between
    if asked.other_language:
        remember_language(response, asked.other_language, context["viewer"])
    if notice and not fragment:
        cookies.forget(response, cookies.NOTICE)
    return response


def address_of(request: Request) -> str:
    """The page that the browser shows, or where a form was sent from: nobody can open what forms are sent to."""
    shown = str(request.url)
    if request.method not in SAFE_METHODS:
        shown = request.headers.get("Referer", "/")
    if wants_fragment(request):
        shown = request.headers.get("HX-Current-URL", "") or shown
    try:
        parts = urlsplit(shown)
    except ValueError:
        return "/"
    return safe_address(parts.path + (f"?{parts.query}" if parts.query else ""))


def remember_language(response: Response, code: str, viewer: Any) -> None:
    """Have the browser keep the language for a year, and write to whoever is signed in with it in that language."""
    cookies.keep(response, cookies.LANGUAGE, code)
    if viewer is not None and viewer.person is not None:
        viewer.person.language = code


def go_to(address: str, notice: str | None = None) -> Response:
    """Redirect after a post; the notice, if any, is shown once at the top of the next page."""
    response = RedirectResponse(address, 303)
    if notice:
        cookies.keep(response, cookies.NOTICE, quote(notice))
    return response


def query(**values: str) -> str:
    """A query string."""
    return urlencode(values)


def safe_address(address: str, otherwise: str = "/") -> str:
    """An address on this site, or the other one: never a way out to another site."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    outside = parts.scheme or parts.netloc or not address.startswith("/") or address.startswith(("//", "/\\"))
    return otherwise if outside or "\\" in address or text.CONTROL.search(address) else address


class InTheirLanguage:
    """ASGI middleware: an answer is made in the language that the browser has been asked to keep."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go by the cookie; English without one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kept = cookie_parser(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
        chosen = kept.get(cookies.LANGUAGE.name, "")
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


def refusal_page(request: Request, refusal: errors.Refusal) -> Response:
    """The page that says no, in words."""
    response = error_page(request, refusal.status, refusal.heading, refusal.message, refusal.way_on)
    response.headers.update(refusal.headers)
    return response


def error_page(request: Request, status: int, heading: str, message: str, way_on: tuple[str, str]) -> Response:
    """What went wrong and where to go from here: a page, or for htmx what goes into the page that is there.

    What was written in the form that was refused stands on the page, so that it can be kept.
    """
    typed: Typed = getattr(request.state, "typed", Typed())
    return render(
        request, "errors/refusal.html", block="refusal", status=status, heading=heading, message=message,
        way_on=way_on, is_fragment=wants_fragment(request), written=typed.written,
    )  # fmt: skip
