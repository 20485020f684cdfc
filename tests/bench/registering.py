"""Whether an answer's time tells if an address is known: forms for new, waiting and confirmed addresses."""

import http.client
import time
from collections import Counter
from datetime import timedelta
from statistics import quantiles
from urllib.parse import urlencode

from sqlalchemy import insert
from sqlmodel import Session

from backend.core import clock, tokens
from backend.registrations.models import Registration
from tests.bench.client import Result

PATH = "/register-interest"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
ROUNDS = 300
"""How often a form is posted for each kind of address, in turn: whatever else the machine does slows all alike."""


def prepare(session: Session) -> None:
    """Addresses that have confirmed."""
    rows = [
        {
            "reference": f"R{number}", "email": _confirmed(number), "name": "Load", "organisation_name": "", "role": "",
            "type_code": "individual", "topics": [], "pilot": False, "workshop": False, "updates": True,
            "language": "en", "token_digest": tokens.secret(), "created_at": clock.now(),
            "expires_at": clock.now() + timedelta(days=7), "confirmed_at": clock.now(), "last_contact_at": clock.now(),
        }
        for number in range(ROUNDS)
    ]  # fmt: skip
    session.execute(insert(Registration), rows)


def measure(port: int) -> dict[str, Result]:
    """Post the forms one after the other, for each kind of address in turn."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took: dict[str, list[float]] = {"new": [], "waiting": [], "confirmed": []}
    statuses: dict[str, Counter[str]] = {kind: Counter() for kind in took}
    for number in range(ROUNDS):
        emails = (f"new{number}@load.example", "waiting@load.example", _confirmed(number))
        for kind, email in zip(took, emails, strict=True):
            start = time.perf_counter()
            connection.request("POST", PATH, _body(email), HEADERS)
            answer = connection.getresponse()
            answer.read()
            took[kind].append(time.perf_counter() - start)
            statuses[kind][str(answer.status)] += 1
    connection.close()
    return {kind: _result(times, statuses[kind]) for kind, times in took.items()}


def _result(times: list[float], statuses: Counter[str]) -> Result:
    cuts = quantiles(times, n=100, method="inclusive")
    return Result(len(times) / sum(times), cuts[49] * 1000, cuts[98] * 1000, len(times), dict(statuses), 0)


def _confirmed(number: int) -> str:
    return f"confirmed{number}@load.example"


def _body(email: str) -> str:
    fields = {"name": "Load", "email": email, "type_code": "individual", "purposes": "updates", "of_age": "yes"}
    return urlencode(fields)
