"""A browser without scripts: it reads pages, follows links, fills in forms, and checks every page on the way."""

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from lxml import html
from sqlmodel import Session

from backend.accounts import second_factor, sessions
from backend.people.access import SESSION_COOKIE
from backend.people.models import Person, SecondFactor
from tests import page_checks


class Visitor:
    """One person's browser. `status`, `page` and `text` are of the last answer."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.response: Response
        self.page: html.HtmlElement

    @property
    def status(self) -> int:
        """The HTTP status of the last answer."""
        return self.response.status_code

    @property
    def path(self) -> str:
        """The address of the last answer, without the site."""
        return str(self.response.url.raw_path.decode())

    @property
    def text(self) -> str:
        """The words in the main part of the page, spaces as on screen."""
        main = self.page.find(".//main")
        return " ".join((main if main is not None else self.page).text_content().split())

    def sign_in(self, session: Session, person: Person) -> "Visitor":
        """Become this person, without the mail; signing in itself has its own tests."""
        has_one = bool(person.appointments) or second_factor.has_one(session, person)
        factor = SecondFactor.APP if has_one else None
        token = sessions.open_session(session, person, second_factor=factor)
        session.commit()
        self.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
        return self

    def get(self, path: str, **headers: str) -> "Visitor":
        """Open an address, following redirects."""
        return self._arrive(self.client.get(path, headers={"Sec-Fetch-Site": "none", **headers}))

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> "Visitor":
        """Post a form as our own pages do, following redirects."""
        return self._arrive(self.client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin", **headers}))

    def follow(self, words: str) -> "Visitor":
        """Follow the first link with these words."""
        for link in self.page.iter("a"):
            if words in " ".join(link.text_content().split()):
                return self.get(link.get("href"))
        raise AssertionError(f"no link says {words!r} on {self.path}")

    def press(self, button: str, **fields: Any) -> "Visitor":
        """Fill in the form that has this button and press it. A field is named as in the form; a list ticks several."""
        pressed, form = self._form_with(button)
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        names = {element.get("name") for element in form.iter("input", "textarea", "select", "button")}
        for name, value in fields.items():
            assert name in names, (
                f"the form with {button!r} on {self.path} has no field {name!r}: {sorted(filter(None, names))}"
            )
            data[name] = value
        if pressed.get("name"):
            data[pressed.get("name")] = pressed.get("value", "")
        action = pressed.get("formaction") or form.get("action") or self.path
        if form.get("method", "get").lower() == "post":
            return self.post(action, data, Referer=f"https://testserver{self.path}")
        return self._arrive(self.client.get(action, params=data))

    def _form_with(self, button: str) -> tuple[html.HtmlElement, html.FormElement]:
        for pressed in self.page.iter("button"):
            if button in " ".join(pressed.text_content().split()):
                named = pressed.get("form")
                form = self.page.get_element_by_id(named) if named else next(pressed.iterancestors("form"), None)
                if form is not None:
                    return pressed, form
        raise AssertionError(f"no button says {button!r} on {self.path}")

    def _arrive(self, response: Response) -> "Visitor":
        self.response = response
        assert page_checks.is_careful_with_cookies(response), f"{response.url}: a cookie that is not on the list"
        if response.headers.get("content-type", "").startswith("text/html"):
            self.page = html.document_fromstring(response.text)
            page_checks.check(response, self.page)
        return self
