"""How much of what each source sends is about people who are known"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'source_share',
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('percent', sa.SmallInteger(), nullable=False),
        sa.Column('measured_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('source'),
    )


def downgrade() -> None:
    op.drop_table('source_share')
