"""Counters of what texts do"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_COUNTERS = (
    'texts', 'other_language', 'questions', 'hedges', 'reasons', 'advocacy', 'inquiry', 'responses',
    'acknowledged_halves', 'follow_ups', 'uptake_texts', 'uptake', 'receptiveness_texts', 'receptiveness',
)


def upgrade() -> None:
    op.create_table('text_day',
    sa.Column('sender', sa.BigInteger(), nullable=False),
    sa.Column('recipient', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('channel', sa.SmallInteger(), nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTERS),
    sa.PrimaryKeyConstraint('sender', 'recipient', 'day', 'channel')
    )
    with op.batch_alter_table('text_day', schema=None) as batch_op:
        batch_op.create_index('ix_text_day_recipient', ['recipient'], unique=False)


def downgrade() -> None:
    op.drop_table('text_day')
