"""The ceiling: a bare Starlette route that answers 40 kB."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BODY = b"<p>" + b"x" * 40_000


async def page(request: Request) -> Response:
    """Nothing but the body."""
    return Response(BODY, media_type="text/html")


app = Starlette(routes=[Route("/", page)])
