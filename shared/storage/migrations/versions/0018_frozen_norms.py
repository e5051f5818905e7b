"""Up to which week an erasure has frozen norms"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('scoring_state', sa.Column('frozen_week', sa.BigInteger(), nullable=False, server_default='-1'))
    with op.batch_alter_table('scoring_state') as table:
        table.alter_column('frozen_week', server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM norm WHERE level LIKE 'former%'")
    with op.batch_alter_table('scoring_state') as table:
        table.drop_column('frozen_week')
