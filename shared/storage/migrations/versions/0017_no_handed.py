"""Whether a ticket was handed over is not kept with its moves: no signal reads it"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('ticket_move') as table:
        table.drop_column('handed')


def downgrade() -> None:
    # What it was is lost; reading the log again fills it in.
    op.add_column('ticket_move', sa.Column('handed', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('ticket_move') as table:
        table.alter_column('handed', server_default=None)
