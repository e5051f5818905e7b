"""The mode is a part of the store"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'deployment_mode',
        sa.Column('id', sa.SmallInteger(), primary_key=True),
        sa.Column('mode', sa.Text(), nullable=False),
        sa.Column('dpia_reference', sa.Text(), nullable=False),
        sa.Column('agreement_reference', sa.Text(), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('deployment_mode')
