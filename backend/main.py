"""The app: every feature's routes behind the same middleware."""

import gc
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from backend import worker
from backend.accounts import (
    account_routes,
    address_routes,
    language_routes,
    leaving_routes,
    oidc_routes,
    second_factor_routes,
    set_up_routes,
)
from backend.accounts import invitation_routes as invitations
from backend.accounts import organisation_routes as organisations
from backend.accounts import routes as accounts
from backend.accounts import staff_organisation_routes as suspending
from backend.accounts import staff_people_routes as appointing
from backend.accounts import staff_routes as enrolling
from backend.accounts import staff_specialist_routes as recognising
from backend.answers import answer_routes
from backend.answers import routes as answers
from backend.answers import staff_routes as deciding
from backend.audit import log as _log  # noqa: F401
from backend.comments import routes as comments
from backend.comments import staff_routes as checking
from backend.core import caching, db, errors, forms, middleware, schema, text, web
from backend.core.config import settings
from backend.core.db import Database
from backend.core.i18n import gettext
from backend.following import routes as following
from backend.notifications import announcement_routes, announcing, stopping
from backend.notifications import routes as notifications
from backend.notifications import staff_routes as posting
from backend.pages import owed_routes, status_routes
from backend.pages import routes as pages
from backend.pages import staff_routes as writing_pages
from backend.people.navigation import navigation
from backend.privacy import routes as complaining
from backend.privacy import staff_routes as complaints
from backend.publishing import in_welsh_routes, round_routes, welsh_routes
from backend.publishing import release_routes as drafting
from backend.publishing import staff_routes as publishing
from backend.ratings import models as _ratings  # noqa: F401
from backend.ratings import routes as ratings
from backend.registrations import (
    call_routes,
    confirm_routes,
    deciding_routes,
    links,
    offer_routes,
    registration_routes,
    targets_routes,
)
from backend.registrations import routes as registrations
from backend.registrations import selecting_routes as selecting
from backend.registrations import staff_routes as calling
from backend.releases import diff, download_routes, reading, release_routes
from backend.releases import routes as releases
from backend.sending import changing_routes, feedback_routes, item_routes, part_routes
from backend.sending import routes as sending
from backend.submissions import routes as submissions
from backend.suggestions import models as _suggestions  # noqa: F401
from backend.suggestions import routes as suggestions
from backend.suggestions import staff_routes as merging
from backend.workshops import (
    booking_routes,
    hand_routes,
    note_routes,
    place_routes,
    programme_routes,
    setting_routes,
    table_routes,
)
from backend.workshops import routes as workshops
from backend.workshops import staff_routes as arranging

LOG = structlog.get_logger()
LARGEST_BODY = 8 * text.LONGEST * 12 + 100_000
"""Bytes: the largest form fits, which edits an entry: a title, six sections and a reason, even all in emoji.

A form sends an emoji as 12 bytes. What is left over is for names, tokens and boxes that are ticked.
"""

ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    account_routes.router,
    address_routes.router,
    language_routes.router,
    leaving_routes.router,
    second_factor_routes.router,
    set_up_routes.router,
    oidc_routes.router,
    invitations.router,
    organisations.router,
    enrolling.router,
    suspending.router,
    appointing.router,
    recognising.router,
    notifications.router,
    posting.router,
    announcement_routes.router,
    pages.router,
    owed_routes.router,
    status_routes.router,
    writing_pages.router,
    releases.router,
    download_routes.router,
    release_routes.router,
    comments.router,
    checking.router,
    submissions.router,
    ratings.router,
    suggestions.router,
    sending.router,
    feedback_routes.router,
    item_routes.router,
    part_routes.router,
    changing_routes.router,
    answers.router,
    deciding.router,
    answer_routes.router,
    merging.router,
    following.router,
    publishing.router,
    drafting.router,
    round_routes.router,
    welsh_routes.router,
    in_welsh_routes.router,
    complaining.router,
    complaints.router,
    workshops.router,
    booking_routes.router,
    place_routes.router,
    table_routes.router,
    note_routes.router,
    hand_routes.router,
    setting_routes.router,
    programme_routes.router,
    arranging.router,
    registrations.router,
    confirm_routes.router,
    call_routes.router,
    offer_routes.router,
    calling.router,
    selecting.router,
    deciding_routes.router,
    targets_routes.router,
    registration_routes.router,
)


def create_app() -> ASGIApp:
    """The whole application, on the database of the settings."""
    database = Database(settings().database_url)
    return behind_middleware(create_api(database), settings().page_cache_megabytes)


def create_api(database: Database) -> FastAPI:
    """Every route, on this database."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, max_body_size=LARGEST_BODY,
                  dependencies=[Depends(forms.do_nothing_for_a_language)])  # fmt: skip
    api.state.database = database
    api.add_exception_handler(errors.Refusal, on_refusal)
    api.add_exception_handler(forms.OtherLanguageAsked, on_other_language)
    api.add_exception_handler(HTTPException, on_http_error)
    api.add_exception_handler(RequestValidationError, on_bad_address)
    api.add_exception_handler(Exception, on_the_unforeseen)
    api.mount("/static", web.Assets(directory=web.STATIC), name="static")
    api.add_api_route("/healthz", healthz)
    api.add_api_route("/readyz", readyz)
    for router in ROUTERS:
        api.include_router(router)
    web.templates().env.globals.update(
        navigation=navigation,
        field_label=diff.field_label,
        words_of=reading.words_of,
        announcements=announcing.shown_on,
    )  # fmt: skip
    return api


def is_signed(path: str) -> bool:
    """Whether this is an address that only we can have made, at which somebody stops our mails."""
    return stopping.is_signed(path) or links.is_signed(path)


def behind_middleware(api: FastAPI, cache_megabytes: int) -> ASGIApp:
    """The app behind the page cache, the guard and the headers, which so cover its errors too."""
    read = caching.counter_reader(api.state.database.url)
    cache = caching.PageCache(
        middleware.HeadLikeGet(middleware.ReadableOnly(middleware.NotTooLarge(api, LARGEST_BODY))),
        read,
        megabytes=cache_megabytes,
        build=web.build(),
    )
    return middleware.SecurityHeaders(middleware.InTheirLanguage(middleware.SameSiteOnly(cache, is_signed)))


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    """Open the queues in which requests wait for a session; deliver mail from here if the settings say so."""
    db.open_queues(api)
    gc.collect()
    gc.freeze()  # what is loaded by now stays for good: looking through it again takes longer than a post
    gc.set_threshold(50_000, 20, 20)  # a request leaves tens of thousands of objects, most of which go by themselves
    with worker.beside(api.state.database) if settings().worker_in_web else nullcontext():
        yield


def healthz() -> PlainTextResponse:
    """Whether the process answers; says nothing about anything else."""
    return PlainTextResponse("ok")


def readyz(request: Request) -> PlainTextResponse:
    """Whether the database answers and is the one that this code was written for."""
    ready = schema.is_current(request.app.state.database)
    return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)


def on_refusal(request: Request, refusal: Exception) -> Response:
    """A refusal becomes its page; someone who only has to do something else first is taken there and back."""
    assert isinstance(refusal, errors.Refusal)
    if isinstance(refusal, errors.SomethingFirst):
        address = f"{refusal.page}?{web.query(next=web.address_of(request))}"
        if request.method in db.SAFE_METHODS and not web.wants_fragment(request):
            return web.go_to(address)
        return web.error_page(request, refusal.status, refusal.heading, refusal.message, (address, refusal.button))
    return web.refusal_page(request, refusal)


def on_other_language(request: Request, asked: Exception) -> Response:
    """The page from which the form was sent, in that language."""
    assert isinstance(asked, forms.OtherLanguageAsked)
    answer = web.go_to(web.address_of(request))
    web.remember_language(answer, asked.code, None)
    return answer


def on_http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself is said in words as well."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return render_error(
            request, 405, gettext("You cannot do that here"), gettext("Go back and use the form on the page.")
        )
    if error.status_code == 413:
        return web.refusal_page(request, errors.TooLarge())
    if error.status_code == 400:
        return render_error(
            request, 400, gettext("We could not read what was sent"), gettext("Go back, reload the page and try again.")
        )
    return web.refusal_page(request, errors.NotFound())


def on_bad_address(request: Request, error: Exception) -> Response:
    """An address or a filter that cannot be understood."""
    return web.refusal_page(request, errors.BadAddress())


def on_the_unforeseen(request: Request, error: Exception) -> Response:
    """A calm page with a reference that is in the log; nothing about the fault itself."""
    reference = secrets.token_hex(4)
    route = request.scope.get("route")  # its pattern, because an address may hold a secret
    LOG.error("unforeseen", reference=reference, route=getattr(route, "path", ""), exc_info=error)
    return render_error(
        request,
        500,
        gettext("Sorry, there is a problem with the service"),
        gettext(
            "What you did was not saved. Try again in a few minutes. "
            "If it happens again, tell us this reference: %(reference)s."
        )
        % {"reference": reference},
    )


def render_error(request: Request, status: int, heading: str, message: str) -> Response:
    """A page that says what went wrong and what to do."""
    return web.error_page(request, status, heading, message, errors.Refusal.way_on)
