"""Workshops and sessions in Welsh, the page where one was published, and one row for a form that comes twice."""

import sqlalchemy as sa
from alembic import op

revision = "workshops_in_welsh"
down_revision = "told_again"
branch_labels = None
depends_on = None

TABLES = ("workshop", "workshop_session")


def upgrade() -> None:
    """Make the change."""
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("welsh", sa.JSON(), nullable=False, server_default="{}"))
            batch_op.add_column(sa.Column("form_key", sa.String(), nullable=True))
            batch_op.create_unique_constraint(batch_op.f(f"uq_{table}_form_key"), ["form_key"])
    with op.batch_alter_table("workshop", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("workshop", schema=None) as batch_op:
        batch_op.drop_column("source")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"uq_{table}_form_key"), type_="unique")
            batch_op.drop_column("form_key")
            batch_op.drop_column("welsh")
