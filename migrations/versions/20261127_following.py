"""People follow a framework, an entry or a point, and hear with each release what it changes for them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "following"
down_revision = "mail_dropped"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("framework_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_subscription_comment_id_comment")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_subscription_entry_id_entry")),
        sa.ForeignKeyConstraint(["framework_id"], ["framework.id"], name=op.f("fk_subscription_framework_id_framework")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("person_id", "target", name=op.f("uq_subscription_person_id_target")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        for name in ("framework_id", "entry_id", "comment_id"):
            batch_op.create_index(batch_op.f(f"ix_subscription_{name}"), [name], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("subscription")
