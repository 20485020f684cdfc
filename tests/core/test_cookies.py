"""What the site keeps on a device is on one list, and nothing else is kept."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from backend.core import cookies, web
from tests import page_checks
from tests.browsing import Visitor

ROOT = Path(__file__).parents[2]
STORAGE = re.compile(r"localStorage|sessionStorage|indexedDB|\bcaches\b|document\.cookie|cookieStore|serviceWorker")


def test_cookies_are_set_by_the_list_alone() -> None:
    setting = re.compile(r"\.(set|delete)_cookie\(|set-cookie\"?:", re.IGNORECASE)
    guilty = [path.name for path in (ROOT / "backend").rglob("*.py") if setting.search(path.read_text())]
    assert guilty == ["cookies.py"]


def test_a_cookie_is_kept_for_no_longer_than_the_list_says() -> None:
    with pytest.raises(ValueError, match="__Host-notice is not kept for"):
        cookies.keep(Response(), cookies.NOTICE, "x", lasts=timedelta(days=400))


def test_a_cookie_that_is_not_on_the_list_would_be_found() -> None:
    answer = Response()
    cookies.keep(answer, cookies.NOTICE, "Saved")
    careful = "Secure; HttpOnly; SameSite=lax"
    assert page_checks.is_careful_with_cookies(_as_seen(answer.headers["set-cookie"]))
    assert not page_checks.is_careful_with_cookies(_as_seen(f"__Host-other=1; {careful}"))
    assert not page_checks.is_careful_with_cookies(_as_seen(f"__Host-notice-of-mine=1; {careful}"))


def test_no_script_of_ours_keeps_anything_in_the_browser() -> None:
    for path in web.STATIC.glob("*.js"):
        assert not STORAGE.search(path.read_text()), path.name


def test_the_one_component_that_would_keep_something_is_not_used() -> None:
    """The accordion of GOV.UK Frontend remembers in the session storage which of its parts are open."""
    assert not [path for path in web.TEMPLATES.rglob("*.html") if "govukAccordion(" in path.read_text()]


def test_the_page_shows_the_whole_list(visitor: Visitor) -> None:
    visitor.get("/cookies")
    for cookie in cookies.COOKIES:
        for words in (cookie.name, cookie.purpose, cookie.how_long, cookie.because):
            assert words in visitor.text
    assert "set-cookie" not in visitor.response.headers
    assert "until you press play" in visitor.text and "www.youtube-nocookie.com" in visitor.text


def _as_seen(header: str) -> page_checks.Response:
    return page_checks.Response(200, headers={"set-cookie": header})
