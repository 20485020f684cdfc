"""The printed copy of what an organisation has signed off."""

from collections.abc import Iterator, Mapping, Sequence

from backend.core import i18n, naming
from backend.core.i18n import gettext, ngettext
from backend.core.paper import Document, Part
from backend.sending.showing import Shown
from backend.submissions.models import SignOff, Submission


def document(submission: Submission, parts: Sequence[SignOff], shown: Mapping[int, Sequence[Shown]]) -> Document:
    """These parts of the submission as a document: every item's exact words, with their digests."""
    organisation = submission.organisation.name
    facts = {"organisation": organisation, "round": submission.round.title}
    return Document(
        title=gettext("Feedback of %(organisation)s: %(round)s") % facts,
        author=organisation,
        footer=f"{submission.reference} – {naming.SERVICE}",
        parts=[*_opening(submission), *(piece for part in parts for piece in _part(part, shown[part.id])), *_next()],
    )


def item_name(shown: Shown) -> str:
    """The heading of an item: its reference, or that it is ratings, and what it is about."""
    return f"{shown.name}: {shown.part}" if shown.part else shown.name


def _opening(submission: Submission) -> Iterator[Part]:
    release = submission.round.release
    yield Part("fact", submission.reference, gettext("Reference"))
    yield Part("fact", submission.organisation.name, gettext("Organisation"))
    yield Part("fact", f"{release.framework.title}, {release.number}", gettext("Given on release"))


def _part(part: SignOff, items: Sequence[Shown]) -> Iterator[Part]:
    number = len(items)
    yield Part("heading", gettext("Part %(number)s") % {"number": part.number})
    facts = {"name": part.signed_by.name, "when": i18n.moment(part.at), "n": number}
    words = ngettext(
        "%(n)s item, signed off by %(name)s on %(when)s.", "%(n)s items, signed off by %(name)s on %(when)s.", number
    )
    yield Part("words", words % facts)
    yield Part("small", gettext("SHA-256 of the list of this part: %(digest)s") % {"digest": part.digest})
    for item in items:
        yield from _item(item)


def _item(item: Shown) -> Iterator[Part]:
    yield Part("heading", item_name(item), level=3)
    yield Part("fact", item.about, gettext("About"))
    yield Part("fact", item.by, gettext("Written by") if item.comment else gettext("Rated by"))
    if item.changed_by:
        yield Part("fact", item.changed_by, gettext("Last changed by"))
    if item.said:
        others = f"{item.spoken_for}: {item.said.on_behalf_of}" if item.said.on_behalf_of else item.spoken_for
        yield Part("fact", gettext(item.said.kind.label), gettext("Kind"))
        yield Part("fact", others, gettext("Speaking for"))
        yield Part("fact", item.byline or gettext("Nothing, only in the summary"), gettext("Published under"))
    for question, answer in item.scores:
        yield Part("fact", answer, question)
    if item.grounds:
        yield Part("fact", "; ".join(item.grounds), gettext("It rests on"))
    if item.replacement is not None:
        yield Part("words", gettext("As it should be:"))
        yield Part("quote", item.replacement)
        yield Part("words", gettext("Why:"))
    if item.comment:
        yield Part("quote", item.body)
    if item.was_withdrawn:
        yield Part("words", gettext("This was taken back after it had been signed off."))
    elif item.was_changed:
        yield Part("words", gettext("Other words were sent for this in a later part."))
    yield Part("small", gettext("SHA-256 of these words: %(digest)s") % {"digest": item.digest})
    if item.revision:
        facts = {"digest": item.revision.digest}
        yield Part("small", gettext("SHA-256 of the text that they are about: %(digest)s") % facts)


def _next() -> Iterator[Part]:
    yield Part("heading", gettext("What happens next"))
    yield Part(
        "words",
        gettext(
            "A moderator checks that the words hold no personal data. After the round has closed, every point gets a "
            "decision with a reason. You hear from us when the release with the decisions is published."
        ),
    )
