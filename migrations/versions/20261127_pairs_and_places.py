"""Pairs that say who applied, mailboxes that are left alone, calls in Welsh that pass places on for a while only."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "pairs_and_places"
down_revision = "welsh_beside"
branch_labels = None
depends_on = None

MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "mailbox",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("quiet_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox")),
    )
    for column in ("quiet_until", "reference", "token_digest"):
        op.create_index(op.f(f"ix_mailbox_{column}"), "mailbox", [column])
    op.create_table(
        "interest_told",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_interest_told")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_own", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("changed_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE application SET is_own = false WHERE second_to_id IS NOT NULL AND EXISTS (SELECT 1 FROM registration "
        "WHERE registration.id = application.registration_id AND registration.confirmed_at IS NULL)"
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passes_until", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("welsh", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("call_question", schema=None) as batch_op:
        batch_op.add_column(sa.Column("welsh", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("stop_at", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_outbox_message_about"), ["about"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_about"))
        batch_op.drop_column("stop_at")
        batch_op.drop_column("about")
    with op.batch_alter_table("call_question", schema=None) as batch_op:
        batch_op.drop_column("welsh")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("welsh")
        batch_op.drop_column("passes_until")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_column("changed_at")
        batch_op.drop_column("is_own")
    op.drop_table("interest_told")
    op.drop_table("mailbox")
