"""The table of a workshop has a voice of its own, the entries that it discusses, and counts of hands."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = 'workshop_tables'
down_revision = 'workshop_places'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table('table_entry',
    sa.Column('workshop_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_table_entry_entry_id_entry')),
    sa.ForeignKeyConstraint(['workshop_id'], ['workshop.id'], name=op.f('fk_table_entry_workshop_id_workshop')),
    sa.PrimaryKeyConstraint('workshop_id', 'entry_id', name=op.f('pk_table_entry'))
    )
    op.create_table('hand_count',
    sa.Column('workshop_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('criterion_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('hands', sa.Integer(), nullable=False),
    sa.Column('counted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['criterion_id'], ['criterion.id'], name=op.f('fk_hand_count_criterion_id_criterion')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_hand_count_revision_id_revision')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_hand_count_round_id_round')),
    sa.ForeignKeyConstraint(['workshop_id'], ['workshop.id'], name=op.f('fk_hand_count_workshop_id_workshop')),
    sa.PrimaryKeyConstraint('workshop_id', 'revision_id', 'criterion_id', 'score', name=op.f('pk_hand_count'))
    )
    with op.batch_alter_table('hand_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_count_revision_id'), ['revision_id'], unique=False)

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('event', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))



def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.drop_column('event')

    with op.batch_alter_table('hand_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hand_count_revision_id'))

    op.drop_table('hand_count')
    op.drop_table('table_entry')
