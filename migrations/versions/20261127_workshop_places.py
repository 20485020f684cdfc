"""People book places at workshops, wait for one, and say what they need in order to take part.

What they need stands in a table of its own, so that it can be deleted as soon as the workshop is over.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = 'workshop_places'
down_revision = 'workshops'
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('booked', 'waiting')")


def upgrade() -> None:
    """Make the change."""
    op.create_table('place',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('workshop_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('link_seed', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('link_digest', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('confirm_digest', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('confirm_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('confirmed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('wording', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('agreed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('may_take_notes', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_place_person_id_person')),
    sa.ForeignKeyConstraint(['workshop_id'], ['workshop.id'], name=op.f('fk_place_workshop_id_workshop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    sa.UniqueConstraint('confirm_digest', name=op.f('uq_place_confirm_digest')),
    sa.UniqueConstraint('link_digest', name=op.f('uq_place_link_digest'))
    )
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_confirm_until'), ['confirm_until'], unique=False)
        batch_op.create_index(batch_op.f('ix_place_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_place_workshop_state', ['workshop_id', 'state', 'number'], unique=False)
        batch_op.create_index('one_place_each', ['workshop_id', 'email'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)

    op.create_table('access_need',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('words', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('wording', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('agreed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_access_need_place_id_place')),
    sa.PrimaryKeyConstraint('place_id', name=op.f('pk_access_need'))
    )
    with op.batch_alter_table('workshop', schema=None) as batch_op:
        batch_op.add_column(sa.Column('capacity', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('joining_details', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('cancelled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('cancelled_because', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))



def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table('workshop', schema=None) as batch_op:
        batch_op.drop_column('cancelled_because')
        batch_op.drop_column('cancelled_at')
        batch_op.drop_column('sequence')
        batch_op.drop_column('joining_details')
        batch_op.drop_column('capacity')

    op.drop_table('access_need')
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.drop_index('one_place_each', sqlite_where=LIVE, postgresql_where=LIVE)
        batch_op.drop_index('ix_place_workshop_state')
        batch_op.drop_index(batch_op.f('ix_place_person_id'))
        batch_op.drop_index(batch_op.f('ix_place_confirm_until'))

    op.drop_table('place')
