"""People are told of rounds: each time of closing once. Of rounds that have begun already nobody is told again."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "round_news"
down_revision = "forgetting_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    news = op.create_table(
        "round_news",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("closes_at", UTCDateTime(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_news_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", "closes_at", name=op.f("pk_round_news")),
    )
    now = sa.bindparam("now", datetime.now(UTC), UTCDateTime())
    rounds = sa.table(
        "round", sa.column("id"), sa.column("opens_at", UTCDateTime()), sa.column("closes_at", UTCDateTime())
    )
    begun = sa.select(rounds.c.id, rounds.c.closes_at, now).where(rounds.c.opens_at <= now)
    op.execute(news.insert().from_select(["round_id", "closes_at", "at"], begun))


def downgrade() -> None:
    """Take it back."""
    op.drop_table("round_news")
