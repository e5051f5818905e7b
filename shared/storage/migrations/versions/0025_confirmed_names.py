"""Names of teams, goals and queues that operators have confirmed; all others are in the register alone"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'confirmed_name',
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=True),
        sa.Column('own_words', sa.Boolean(), nullable=False),
        sa.Column('held_back', sa.Boolean(), nullable=False),
        sa.Column('confirmed_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('key'),
    )
    # The names are in the event log, from where `bellwether db upgrade` takes them to the register: it has the keys.
    op.add_column('pseudonym_key', sa.Column('things_keyed', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('pseudonym_key') as table:
        table.alter_column('things_keyed', server_default=None)
    for name in ('team', 'goal'):
        with op.batch_alter_table(name) as table:
            table.drop_column('name')


def downgrade() -> None:
    for name in ('team', 'goal'):
        op.add_column(name, sa.Column('name', sa.Text(), nullable=True))
    with op.batch_alter_table('pseudonym_key') as table:
        table.drop_column('things_keyed')
    op.drop_table('confirmed_name')
