"""The way around: which pages each kind of person finds at the top."""

from backend.core.i18n import gettext, mark
from backend.people.access import NOBODY, Permission, Viewer

Place = tuple[str, str]

EVERYONE: list[Place] = [
    ("/frameworks", mark("Frameworks")),
    ("/what-changed", mark("What changed")),
    ("/you-said-we-did", mark("You said, we did")),
    ("/take-part", mark("Take part")),
]
PARTICIPANT: list[Place] = [
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
    (None, ("/frameworks", mark("Frameworks"))),
    (None, ("/you-said-we-did", mark("You said, we did"))),
]


def navigation(viewer: Viewer | None, path: str) -> list[dict[str, object]]:
    """The items of the main navigation, the current one marked, for the GOV.UK component."""
    viewer = viewer or NOBODY
    if viewer.is_staff:
        places = [place for permission, place in STAFF if permission is None or viewer.may(permission)]
    elif viewer.may(Permission.TAKE_PART):
        places = PARTICIPANT
    else:
        places = EVERYONE
    last = ("/account", mark("Account")) if viewer.is_signed_in else ("/sign-in", mark("Sign in"))
    return [
        {"href": href, "text": gettext(words), "active": path == href or path.startswith(f"{href}/")}
        for href, words in [*places, last]
    ]
