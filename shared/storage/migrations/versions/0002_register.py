"""The register of who is behind a pseudonym; names leave the directory"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('register',
    sa.Column('pseudonym', sa.Text(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('pseudonym')
    )
    op.create_table('register_key',
    sa.Column('pseudonym', sa.Text(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('pseudonym')
    )
    op.create_table('erasure',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('erased_at', sa.BigInteger(), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_table('pseudonym_key',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('name')
