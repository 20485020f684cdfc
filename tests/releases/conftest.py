"""What tests of reading start from."""

import pytest
from sqlmodel import Session

from backend.releases.models import Framework
from tests.releases import examples


@pytest.fixture
def framework(session: Session) -> Framework:
    """A framework with three entries that differ in their terms."""
    framework = examples.make_varied_framework(session)
    session.commit()
    return framework
