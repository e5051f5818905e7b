"""Figures about few people are made of steps, and panels say whether they are told exactly.

What was told so far was exact. Panels of measures of escalation were told by a weaker rule: they bind what is told
next, and are not told over again.
"""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

_ESCALATION = ('bypass_contact', 'unheard', 'escalation_risk_14d', 'escalation_risk_28d')


def upgrade() -> None:
    op.create_table('release_step',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('width', sa.Float(), nullable=False),
    sa.Column('centre', sa.Float(), nullable=False),
    sa.Column('people', sa.LargeBinary(), nullable=False),
    sa.Column('weeks', sa.LargeBinary(), nullable=False),
    sa.Column('places', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('signal')
    )
    with op.batch_alter_table('release_panel', schema=None) as batch_op:
        batch_op.add_column(sa.Column('exact', sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table('release_panel', schema=None) as batch_op:
        batch_op.alter_column('exact', server_default=None)
    for table in ('release_panel', 'release'):
        named = sa.table(table, sa.column('signal', sa.Text()), sa.column('leaders', sa.Boolean()))
        op.execute(named.update().where(named.c.signal.in_(_ESCALATION)).values(leaders=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('release_panel', schema=None) as batch_op:
        batch_op.drop_column('exact')
    op.drop_table('release_step')
