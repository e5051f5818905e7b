"""Releases in place of cells"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.drop_table('cell_factor')
    op.drop_table('cell')
    op.create_table('release',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('panel', sa.Integer(), nullable=False),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.Column('leaders', sa.Boolean(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Float(), nullable=False),
    sa.Column('shares', sa.Text(), nullable=False),
    sa.Column('factors', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'cohort', 'week', 'revision')
    )
    with op.batch_alter_table('release', schema=None) as batch_op:
        batch_op.create_index('ix_release_week', ['week'], unique=False)

    op.create_table('release_panel',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('leaders', sa.Boolean(), nullable=False),
    sa.Column('people', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'place')
    )
    op.create_table('release_state',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('released_week', sa.BigInteger(), nullable=False),
    sa.Column('dirty_week', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:

    op.drop_table('release_state')
    op.drop_table('release_panel')
    with op.batch_alter_table('release', schema=None) as batch_op:
        batch_op.drop_index('ix_release_week')

    op.drop_table('release')
    op.create_table('cell',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Float(), nullable=False),
    sa.Column('shares', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'cohort', 'week')
    )
    op.create_table('cell_factor',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('factor', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'cohort', 'factor', 'week')
    )
