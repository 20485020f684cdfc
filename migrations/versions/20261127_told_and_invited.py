"""Applicants are told what was decided, and whoever is interested can be invited whether or not there was a call."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "told_and_invited"
down_revision = "interest_reminders"
branch_labels = None
depends_on = None

MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", MOMENT, nullable=True))
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invited_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE registration SET invited_at = (SELECT max(offer.invited_at) FROM offer JOIN application "
        "ON application.id = offer.application_id WHERE application.registration_id = registration.id)"
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_column("invited_at")


def downgrade() -> None:
    """Take it back; who was invited without an offer is not known any more."""
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invited_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE offer SET invited_at = (SELECT registration.invited_at FROM registration JOIN application "
        "ON application.registration_id = registration.id WHERE application.id = offer.application_id) "
        "WHERE accepted_at IS NOT NULL AND ended_at IS NULL"
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("invited_at")
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.drop_column("told_at")
