from collections.abc import Iterator

import pytest

from backend.ratings import tallies


@pytest.fixture(autouse=True)
def forget_tallies() -> Iterator[None]:
    """Tests share a process but not a database, and some of them share a moment."""
    tallies.forget()
    yield
    tallies.forget()
