"""What people said and what was done, for everybody."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.answers import ledger as ledgers
from backend.answers import promises as kept
from backend.answers import queries as answer_queries
from backend.answers.ledger import Filters
from backend.answers.models import Outcome
from backend.comments.models import Kind
from backend.core import clock, web
from backend.core.db import RowNumber, SessionDep
from backend.core.i18n import gettext
from backend.people.access import Anyone
from backend.releases import activity, feeding, queries

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
COUNTED_EVERY = timedelta(minutes=5)
"""How old the numbers may be: points that are sent move no counter of a public page."""

Choice = Annotated[str, Query(max_length=60)]


@router.get("/promises")
def promises(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """How the promise to answer every point is kept, round by round."""
    framework = next((each for each in queries.frameworks(session) if not each.is_reference), None)
    if framework is None:
        return web.render(request, "answers/promises.html", framework=None, rounds=[], total=None)
    rounds = queries.rounds(session, framework)
    moments = (moment for round_ in rounds for moment in (round_.opens_at, round_.closes_at, round_.answer_by))
    soon = clock.now() + COUNTED_EVERY
    until = min([soon, *(moment for moment in moments if moment > clock.now())])
    activity.shows(request, viewer, framework, activity.of_points(framework.slug), until=until)
    return web.render(
        request, "answers/promises.html", framework=framework, rounds=kept.by_round(session, rounds),
        total=answer_queries.promise_board(session, framework),
    )  # fmt: skip


@router.get("/frameworks/{slug}/releases/{number}/answers")
def answers(request: Request, slug: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """We asked, you said, we did."""
    framework = queries.framework(session, slug)
    release = queries.release(session, framework, number)
    activity.shows(request, viewer, framework, activity.of_points(slug))
    numbers = ledgers.numbers(session, release)
    return web.render(
        request,
        "answers/answers.html",
        framework=framework,
        release=release,
        rounds=[round_ for round_ in queries.rounds(session, framework) if round_.release_id == release.previous_id],
        numbers=numbers,
        themes=ledgers.themes(session, release),
    )


@router.get("/answers.atom")
def answers_feed(session: SessionDep, viewer: Anyone, lang: feeding.Language = "en") -> Response:
    """What people said and what was done, theme by theme, those of the newest release first."""
    found = answer_queries.latest_answers(session)
    moments = [answer.release.published_at for answer in found]
    return feeding.atom("answers", lang, moments, page="/you-said-we-did", answers=found)


@router.get("/frameworks/{slug}/releases/{number}/ledger")
def ledger(
    request: Request,
    slug: str,
    number: str,
    session: SessionDep,
    viewer: Anyone,
    entry: Choice = "",
    outcome: Choice = "",
    kind: Choice = "",
    answer: RowNumber = 0,
    after: RowNumber = 0,
) -> Response:
    """Every point that the release answers, its decision and the reason."""
    framework = queries.framework(session, slug)
    release = queries.release(session, framework, number)
    activity.shows(request, viewer, framework, activity.of_points(slug))
    filters = Filters(
        entry=entry.strip(),
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        kind=Kind(kind) if kind in set(Kind) else None,
        answer=answer or None,
    )
    rows, next_after = ledgers.rows(session, release, filters, after=after)
    numbers = ledgers.numbers(session, release)
    chosen = {"entry": filters.entry, "outcome": filters.outcome or "", "kind": filters.kind or "",
              "answer": str(answer) if answer else ""}  # fmt: skip
    chosen = {name: value for name, value in chosen.items() if value}
    return web.render(
        request,
        "answers/ledger.html",
        block="results",
        framework=framework,
        release=release,
        numbers=numbers,
        totals=ledgers.combined(numbers.unpublished),
        rows=rows,
        filters=filters,
        is_filtered=bool(chosen),
        outcomes=[("", gettext("All outcomes")), *((each.value, gettext(each.label)) for each in Outcome)],
        kinds=[("", gettext("All kinds")), *((each.value, gettext(each.label)) for each in Kind)],
        first=f"?{web.query(**chosen)}" if after and chosen else "",
        after=after,
        next_page=web.query(**chosen, after=str(next_after)) if next_after else "",
    )
