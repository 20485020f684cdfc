"""What must hold of every page that any test fetches."""

import re
from collections import Counter

from httpx2 import Response
from lxml import html

from backend.core.cookies import COOKIES

ERROR = re.compile(r"^⟦?(Error|Gwall): ⟧?")
"""Before the title of a page with mistakes, in each language."""
PLAYER = re.compile(r"https://www\.youtube-nocookie\.com/embed/[A-Za-z0-9_-]{11}")
"""The one third-party address that a page may load, on the answer to pressing play, and in a frame alone."""
MAY_FRAME = "frame-src https://www.youtube-nocookie.com"

LEFTOVER = re.compile(r"\bNone\b|\{\{|\{%|%\(|<built-in|object at 0x|\bUndefined\b")


def check(response: Response, page: html.HtmlElement) -> None:
    """Check one page, or one fragment of a page, as it was sent."""
    where = f"{response.request.method} {response.url}"
    assert is_careful_with_cookies(response), f"{where}: a careless cookie, or one that is not on the list"
    policy = response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff", where
    _ids_and_labels(page, where)
    _addresses(page, policy, where)
    visible = " ".join(
        text for text in page.xpath("//text()[not(ancestor::script or ancestor::style or ancestor::textarea)]")
    )
    assert not LEFTOVER.search(visible), f"{where}: leftover {LEFTOVER.search(visible)}"
    if "<!DOCTYPE html>" in response.text:
        _whole(page, where)


def is_careful_with_cookies(response: Response) -> bool:
    """Every cookie is on the list that the cookie page shows, and keeps to itself."""
    cookies = response.headers.get_list("set-cookie")
    known = tuple(f"{cookie.name}=" for cookie in COOKIES)
    return all(
        cookie.startswith("__Host-")
        and cookie.startswith(known)
        and "Secure" in cookie
        and "HttpOnly" in cookie
        and "samesite=lax" in cookie.lower()
        for cookie in cookies
    )


def _whole(page: html.HtmlElement, where: str) -> None:
    headings = [" ".join(h1.text_content().split()) for h1 in page.iter("h1")]
    assert len(headings) == 1, f"{where}: {len(headings)} h1: {headings}"
    title = " ".join((page.findtext(".//title") or "").split())
    assert ERROR.sub("", title).startswith(headings[0]), (
        f"{where}: the title {title!r} does not begin with the heading {headings[0]!r}"
    )
    assert page.get("lang"), f"{where}: no language"
    _keeps_what_is_typed(page, where)
    if page.find_class("govuk-error-message"):
        assert page.find_class("govuk-error-summary"), f"{where}: mistakes without a summary"


def _keeps_what_is_typed(page: html.HtmlElement, where: str) -> None:
    """Where something can be typed, the language switch has a form to keep it in."""
    typed = ".//textarea | .//select | .//input[not(contains(' hidden submit ', concat(' ', @type, ' ')))]"
    forms = page.xpath(f"//main//form[@method='post'][{typed}]")
    assert not forms or any(form.get("id") == "form" for form in forms), f"{where}: nothing keeps what is typed"


def _ids_and_labels(page: html.HtmlElement, where: str) -> None:
    ids = Counter(element.get("id") for element in page.iter() if isinstance(element.tag, str) and element.get("id"))
    twice = [name for name, count in ids.items() if count > 1]
    assert not twice, f"{where}: ids used twice: {twice}"
    labelled = {label.get("for") for label in page.iter("label")}
    for field in page.iter("input", "textarea", "select"):
        if field.get("type") in ("hidden", "submit"):
            continue
        named = field.get("id") in labelled or field.get("aria-label") or field.get("aria-labelledby")
        assert named, f"{where}: no label for {html.tostring(field)[:200]!r}"
    for link in page.iter("a"):
        if (link.get("href") or "").startswith("#") and link.get("href") != "#":
            assert link.get("href", "")[1:] in ids, f"{where}: {link.get('href')} leads nowhere"


def _addresses(page: html.HtmlElement, policy: str, where: str) -> None:
    for form in page.iter("form"):
        assert (form.get("action") or "/").startswith("/"), f"{where}: a form goes to {form.get('action')}"
        assert form.get("method", "get").lower() in ("get", "post"), where
    players = [frame for frame in page.iter("iframe") if PLAYER.fullmatch(frame.get("src") or "")]
    assert policy.endswith(f"; {MAY_FRAME}") if players else "frame-src" not in policy, f"{where}: {policy}"
    for element in page.iter("script", "img", "iframe", "link", "source", "video", "audio"):
        if element in players:
            continue
        address = element.get("src") or element.get("href") or ""
        assert address.startswith("/") and not address.startswith("//"), f"{where}: loads {address!r}"
    for script in page.iter("script"):
        assert script.get("nonce") and f"'nonce-{script.get('nonce')}'" in policy, (
            f"{where}: a script without the nonce"
        )
    for element in page.iter():
        if isinstance(element.tag, str):
            inline = [name for name in element.attrib if name.lower().startswith("on") or name == "style"]
            assert not inline, f"{where}: {element.tag} has {inline}"
            if any(name.startswith("data-hx-") for name in element.attrib):
                assert f"'nonce-{element.get('data-hx-nonce')}'" in policy, f"{where}: htmx without the nonce"
