"""Recordings in a real browser: every request is watched, and none leaves before somebody presses play."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from backend.core.db import Database
from backend.workshops import showing
from backend.workshops.models import Workshop, WorkshopSession

pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)


def test_nothing_is_asked_of_the_video_host_before_somebody_presses_play(
    browser: Browser, site: str, own_database: Database, scripts: bool
) -> None:
    with own_database.transaction() as session:
        part = session.exec(
            select(WorkshopSession).join(Workshop).where(Workshop.organisations_attended == 120)
        ).first()
        assert part
        part.video_id = "abcdefghijk"
        page_address = f"/workshops/{part.workshop.slug}"
        showing.changed(session)
    context = browser.new_context(base_url=site, java_script_enabled=scripts)
    page = context.new_page()
    elsewhere: list[str] = []
    page.on(
        "request", lambda asked: elsewhere.append(asked.url) if urlsplit(asked.url).hostname != "localhost" else None
    )
    for address in ("/workshops", page_address, f"{page_address}/sessions/1/video"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert elsewhere == []
    page.goto(page_address)
    page.get_by_role("button", name=re.compile("^Play")).first.click()
    page.wait_for_load_state()
    page.wait_for_timeout(300)
    assert {urlsplit(url).hostname for url in elsewhere} == {"www.youtube-nocookie.com"}
    assert page.locator("iframe").count() == 1
    asked = len(elsewhere)
    page.goto(f"{page_address}/sessions/1/video")
    page.wait_for_load_state("networkidle")
    assert len(elsewhere) == asked, "the choice is not remembered"
    assert page.locator("iframe").count() == 0
    assert context.cookies() == []
    context.close()
