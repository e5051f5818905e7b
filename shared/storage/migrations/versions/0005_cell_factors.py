"""Factors of cells"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('cell_factor',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('factor', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'cohort', 'factor', 'week')
    )


def downgrade() -> None:
    op.drop_table('cell_factor')
