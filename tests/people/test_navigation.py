"""The way around: each kind of person finds their own pages, and sees where they are."""

import pytest

from backend.people.access import Viewer, permissions_of
from backend.people.models import StaffRole, Standing
from backend.people.navigation import navigation

NOBODY = Viewer()


def member(standing: Standing = Standing.MEMBER) -> Viewer:
    return Viewer(standing=standing, permissions=permissions_of(["anyone signed in", standing]))


def staff(role: StaffRole) -> Viewer:
    return Viewer(staff_roles=frozenset({role}), permissions=permissions_of(["anyone signed in", role]))


def words(viewer: Viewer | None) -> list[object]:
    return [item["text"] for item in navigation(viewer, "/")]


def current(viewer: Viewer, path: str) -> list[object]:
    return [item["text"] for item in navigation(viewer, path) if item["active"]]


def test_members_find_their_organisation_and_its_feedback() -> None:
    expected = ["Frameworks", "My panel", "Our feedback", "You said, we did", "Organisation"]
    assert words(member())[:-1] == expected
    assert words(member(Standing.LEAD))[:-1] == expected


def test_a_specialist_finds_their_own_feedback() -> None:
    assert "My feedback" in words(Viewer(permissions=permissions_of(["anyone signed in", "specialist"])))


def test_people_are_for_those_who_invite() -> None:
    assert "People" in words(staff(StaffRole.MODERATOR))
    assert "People" in words(staff(StaffRole.ADMINISTRATOR))
    assert "People" not in words(staff(StaffRole.RELEASER))


def test_somebody_who_is_nobody_here_finds_what_is_public() -> None:
    assert (
        words(None)
        == words(NOBODY)
        == ["Frameworks", "What changed", "You said, we did", "Workshops", "Take part", "Sign in"]
    )


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("/organisation", ["Organisation"]),
        ("/organisation/invite", ["Organisation"]),
        ("/organisation/feedback", ["Our feedback"]),
        ("/organisation/feedback/sign", ["Our feedback"]),
        ("/organisations", []),
        ("/", []),
    ],
)
def test_the_current_item_is_the_one_that_fits_best(path: str, item: list[str]) -> None:
    assert current(member(), path) == item


@pytest.mark.parametrize("path", ["/staff/organisations/mix", "/staff/people/7/stop", "/staff/permissions"])
def test_every_page_about_people_stands_under_people(path: str) -> None:
    assert current(staff(StaffRole.ADMINISTRATOR), path) == ["People"]
