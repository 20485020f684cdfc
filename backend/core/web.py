"""Pages and answers: rendering, ways on, and what goes wrong said in words."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import jinja2
from fastapi import Request
from jinja2_fragments.fastapi import Jinja2Blocks
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from backend.core import bilingual, clock, cookies, errors, i18n, naming, text
from backend.core.config import settings
from backend.core.db import SAFE_METHODS
from backend.core.forms import Typed

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "backend" / "static"


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
    environment.globals.update(
        asset=asset, site=naming.Site(), now=clock.now, languages=i18n.LANGUAGES, said=bilingual.said,
        at_length=at_length,
    )  # fmt: skip
    environment.filters.update(
        markdown=text.html, excerpt=text.excerpt, day=i18n.day, moment=i18n.moment, time=i18n.time,
        translated=i18n.gettext,
    )  # fmt: skip
    components: Any = environment.get_template("components.html").module
    environment.globals.update({name: value for name, value in vars(components).items() if name[0] != "_"})
    return Jinja2Blocks(env=environment)


def at_length(row: bilingual.InBoth, name: str) -> Markup:
    """A text in Markdown in the reader's language, or else in English and marked so."""
    found = bilingual.said(row, name)
    return Markup("<div{}>{}</div>").format(found.attribute, text.html(found)) if found.attribute else text.html(found)


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
