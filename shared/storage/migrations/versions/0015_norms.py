"""Weeks of people, and the norms that are learnt from them"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'person_week',
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('week', sa.Integer(), nullable=False),
        sa.Column('days', sa.SmallInteger(), nullable=False),
        sa.Column('asks', sa.Integer(), nullable=False),
        sa.Column('answered', sa.Integer(), nullable=False),
        sa.Column('reply_centilogs', sa.Integer(), nullable=False),
        sa.Column('one_on_ones', sa.Integer(), nullable=False),
        sa.Column('one_on_ones_held', sa.Integer(), nullable=False),
        sa.Column('ties', sa.Integer(), nullable=False),
        sa.Column('tie_centilogs', sa.Integer(), nullable=False),
        sa.Column('starts', sa.Integer(), nullable=False),
        sa.Column('quieter_starts', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('person', 'week'),
    )
    op.create_index('ix_person_week_week', 'person_week', ['week'])
    op.create_table(
        'norm',
        sa.Column('week', sa.Integer(), nullable=False),
        sa.Column('level', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('norms', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('week', 'level', 'name'),
    )


def downgrade() -> None:
    op.drop_table('norm')
    op.drop_index('ix_person_week_week', 'person_week')
    op.drop_table('person_week')
