"""The way around: which pages each kind of person finds at the top."""

from backend.core.i18n import gettext, mark
from backend.people.access import NOBODY, Permission, Viewer

Place = tuple[str, str]

EVERYONE: list[Place] = [
    ("/frameworks", mark("Frameworks")),
    ("/what-changed", mark("What changed")),
    ("/you-said-we-did", mark("You said, we did")),
    ("/workshops", mark("Workshops")),
    ("/take-part", mark("Take part")),
]
MEMBER: list[Place] = [
    ("/frameworks", mark("Frameworks")),
    ("/my-panel", mark("My panel")),
    ("/organisation/feedback", mark("Our feedback")),
    ("/you-said-we-did", mark("You said, we did")),
    ("/organisation", mark("Organisation")),
]
SPECIALIST: list[Place] = [
    ("/frameworks", mark("Frameworks")),
    ("/my-panel", mark("My panel")),
    ("/my-feedback", mark("My feedback")),
    ("/what-changed", mark("What changed")),
    ("/you-said-we-did", mark("You said, we did")),
]
STAFF: list[tuple[Permission | None, Place]] = [
    (None, ("/staff/desk", mark("Desk"))),
    (Permission.CHECK, ("/staff/check", mark("Check"))),
    (Permission.DECIDE, ("/staff/decide", mark("Decide"))),
    (Permission.DECIDE, ("/staff/release", mark("Release"))),
    (Permission.DECIDE, ("/staff/rounds", mark("Rounds"))),
    (Permission.INVITE, ("/staff/organisations", mark("People"))),
    (None, ("/staff/more", mark("More"))),
    (None, ("/frameworks", mark("Frameworks"))),
    (None, ("/you-said-we-did", mark("You said, we did"))),
]
MORE: list[tuple[Permission, Place, str]] = [
    (
        Permission.SELECT,
        ("/staff/calls", mark("Calls and registrations")),
        mark("Who is interested; calls for people to apply, and choosing a fair mix among them."),
    ),
    (
        Permission.RUN_WORKSHOPS,
        ("/staff/workshops", mark("Workshops")),
        mark("Arrange them, see who comes, and keep transcripts and recordings right."),
    ),
    (Permission.EDIT_DRAFT, ("/staff/welsh", mark("Welsh")), mark("What has no Welsh yet, and where to write it.")),
    (Permission.DESK, ("/staff/permissions", mark("Who may do what")), mark("The table that every page asks.")),
    (Permission.ANNOUNCE, ("/staff/announcements", mark("Announcements")), mark("A short word at the top of pages.")),
    (Permission.ADMINISTER, ("/staff/mail", mark("Mail")), mark("What waits, and what could not be delivered.")),
    (Permission.ANSWER_COMPLAINTS, ("/staff/complaints", mark("Complaints")), mark("Each with its clock of 30 days.")),
    (
        Permission.WRITE_PAGES,
        ("/staff/pages", mark("Pages that we owe")),
        mark("Privacy, terms and the like, in versions."),
    ),
]
"""What staff need now and then: who finds it, where it is, and what it is for."""

BELONGS_UNDER = {"/staff/people": "/staff/organisations", "/staff/permissions": "/staff/organisations"}
"""Pages that are found from another one, which is then the current item."""


def navigation(viewer: Viewer | None, path: str) -> list[dict[str, object]]:
    """The items of the main navigation for the GOV.UK component; the one that fits the address best is current."""
    viewer = viewer or NOBODY
    last = ("/account", mark("Account")) if viewer.is_signed_in else ("/sign-in", mark("Sign in"))
    places = [*_places(viewer), last]
    current = _current([href for href, _ in places], path)
    return [{"href": href, "text": gettext(words), "active": href == current} for href, words in places]


def more(viewer: Viewer) -> list[tuple[str, str, str]]:
    """The pages that this member of staff needs now and then: address, name and what it is for."""
    return [(href, gettext(words), gettext(what)) for permission, (href, words), what in MORE if viewer.may(permission)]


def _places(viewer: Viewer) -> list[Place]:
    if viewer.is_staff:
        return [place for permission, place in STAFF if permission is None or viewer.may(permission)]
    if viewer.may(Permission.WORKSPACE):
        return MEMBER
    return SPECIALIST if viewer.may(Permission.TAKE_PART) else EVERYONE


def _current(addresses: list[str], path: str) -> str:
    """The longest of the addresses under which the path lies, or nothing."""
    for page, under in BELONGS_UNDER.items():
        if _lies_under(path, page):
            path = under
    return max((address for address in addresses if _lies_under(path, address)), key=len, default="")


def _lies_under(path: str, address: str) -> bool:
    return path == address or path.startswith(f"{address}/")
