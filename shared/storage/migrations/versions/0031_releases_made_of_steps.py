"""Releases say whether their figures are exact or made of steps.

Whatever was told before there were steps was exact. Of fewer than twenty people it is shown no more.
"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('release', schema=None) as batch_op:
        batch_op.add_column(sa.Column('exact', sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table('release', schema=None) as batch_op:
        batch_op.alter_column('exact', server_default=None)
    release = sa.table(
        'release', sa.column('signal', sa.Text()), sa.column('panel', sa.Integer()), sa.column('exact', sa.Boolean())
    )
    panel = sa.table(
        'release_panel', sa.column('signal', sa.Text()), sa.column('place', sa.Integer()), sa.column('exact', sa.Boolean())
    )
    of_steps = sa.exists().where(
        panel.c.signal == release.c.signal, panel.c.place == release.c.panel, panel.c.exact.is_(sa.false())
    )
    op.execute(release.update().where(of_steps).values(exact=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('release', schema=None) as batch_op:
        batch_op.drop_column('exact')
