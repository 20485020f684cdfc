"""Who uses the pages that run a workshop."""

from typing import Annotated

from backend.people.access import Permission, Viewer, allow

Running = Annotated[Viewer, allow(Permission.RUN_WORKSHOPS)]
"""Staff who arrange workshops."""

AtTheTable = Annotated[Viewer, allow(Permission.ACCOUNT)]
"""Anybody with an account: each page then asks whether the person runs its table."""
