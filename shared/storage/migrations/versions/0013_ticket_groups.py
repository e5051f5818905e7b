"""Which support group has a ticket after each move"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Moves that were stored before do not tell; reading the log again fills them in.
    op.add_column('ticket_move', sa.Column('support_group', sa.Text(), nullable=False, server_default=''))
    with op.batch_alter_table('ticket_move') as table:
        table.alter_column('support_group', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('ticket_move') as table:
        table.drop_column('support_group')
