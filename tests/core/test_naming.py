"""Names of the deployment are said in the language of whoever reads them."""

import pytest
from sqlmodel import Session, select

from backend.core import i18n, naming
from backend.core.config import Settings
from backend.notifications.models import OutboxMessage
from tests import factories
from tests.browsing import Visitor


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Settings(
        authority_name="The Regulator", authority_name_welsh="Y Rheoleiddiwr", service_name="The Pilot",
        complaints_reviewer="a panel", complaints_reviewer_welsh="panel annibynnol",
    )  # fmt: skip
    monkeypatch.setattr(naming, "settings", lambda: names)


def test_pages_and_what_they_leave_open_name_it_in_welsh_and_else_in_english(
    session: Session, visitor: Visitor
) -> None:
    factories.make_page(session, body="By {authority}.", welsh_body="Gan {authority}, {service}.")
    session.commit()
    assert "By The Regulator." in visitor.get("/privacy").text
    assert "a panel" in visitor.get("/complaints").text
    visitor.press("Cymraeg")
    assert "panel annibynnol" in visitor.text and "a panel" not in visitor.text
    assert "Gan Y Rheoleiddiwr, The Pilot." in visitor.get("/privacy").text
    assert "The Regulator" not in visitor.page.text_content()


def test_mail_names_it_in_the_language_of_whoever_reads_it(session: Session) -> None:
    for language in ("en", "cy"):
        with i18n.speaking(language):
            factories.make_complaint(session)
    english, welsh = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()  # type: ignore[arg-type]
    assert english.text.strip().endswith("The Regulator") and welsh.text.strip().endswith("Y Rheoleiddiwr")


def test_a_subject_is_put_into_words_when_it_is_known_who_reads_it() -> None:
    subject = i18n.later("%(authority)s", authority=naming.AUTHORITY)
    with i18n.speaking("cy"):
        assert str(subject) == "Y Rheoleiddiwr"
