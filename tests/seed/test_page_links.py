"""Every link of a draft leads somewhere, in both languages."""

import re

import pytest
from sqlmodel import Session

from backend.pages import filling, queries
from backend.pages.models import Owed
from seed import pages
from seed.loading import CONTENT
from tests.browsing import Visitor


@pytest.mark.parametrize("owed", Owed)
def test_every_link_of_a_draft_leads_somewhere(owed: Owed, session: Session, visitor: Visitor) -> None:
    pages.load(session, CONTENT / "pages")
    session.commit()
    (version,) = queries.versions(session, owed)
    links = set(re.findall(r"\{site\}(/[a-z-]+)", version.body))
    assert links == set(re.findall(r"\{site\}(/[a-z-]+)", version.welsh_body))
    if owed is not Owed.USE:
        assert filling.filled("{contact}", "en") in visitor.get(f"/{owed}").text
    for link in links - {"/you-said-we-did"}:  # which needs a release to lead to
        assert visitor.get(link).status == 200, link
