"""Accounts that belong to nobody: how many events hang on each, whose they may be, and what was decided"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'unlinked_account',
        sa.Column('account', sa.Text(), nullable=False),
        sa.Column('events', sa.BigInteger(), nullable=False),
        sa.Column('beyond_people', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('account'),
    )
    op.create_table(
        'account_suggestion',
        sa.Column('account', sa.Text(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('account'),
    )
    op.create_table(
        'account_decision',
        sa.Column('account', sa.Text(), nullable=False),
        sa.Column('number', sa.SmallInteger(), nullable=False),
        sa.Column('act', sa.Text(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('valid_from', sa.BigInteger(), nullable=False),
        sa.Column('valid_to', sa.BigInteger(), nullable=False),
        sa.Column('decided_at', sa.BigInteger(), nullable=False),
        sa.Column('decided_by', sa.Text(), nullable=False),
        sa.Column('done', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('account', 'number'),
    )


def downgrade() -> None:
    for name in ('account_decision', 'account_suggestion', 'unlinked_account'):
        op.drop_table(name)
