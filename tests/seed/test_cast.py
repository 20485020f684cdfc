"""The people and organisations of the demonstration."""

import yaml
from sqlmodel import Session, col, select

from backend.accounts import queries as accounts
from backend.accounts import terms
from backend.accounts.queries import Stage
from backend.cli import DEMO_ACCOUNTS
from backend.people import queries
from backend.people.models import Membership, Organisation, Standing
from seed.cast import gather
from seed.demo import STORY


def test_every_organisation_has_a_lead_who_accepted_the_terms_and_one_is_invited_and_one_suspended(
    session: Session,
) -> None:
    cast = gather(session, yaml.safe_load(STORY.read_text(encoding="utf-8")))
    stages: dict[Stage, list[str]] = {stage: [] for stage in Stage}
    for organisation in session.exec(select(Organisation).order_by(col(Organisation.slug))):
        stage = accounts.stage_of(session, organisation)
        stages[stage].append(organisation.slug)
        assert (terms.find_of_lead(session, organisation) is None) is (stage is Stage.INVITED)
    assert stages[Stage.INVITED] == ["pennywhistle-pictures"]
    assert stages[Stage.SUSPENDED] == ["gigglebox"]
    leads = select(Membership.organisation_id).where(Membership.standing == Standing.LEAD)
    assert len(session.exec(leads).all()) == len(stages[Stage.TAKING_PART]) + 1
    for email in DEMO_ACCOUNTS:
        assert cast.person(email)
    invited = queries.organisation(session, "pennywhistle-pictures")
    assert [invitation.email for invitation in accounts.pending(session, invited)] == ["lead@pennywhistle.example"]
    assert [invitation.expertise for invitation in accounts.pending(session, None)] == ["Children's mental health"]
