"""Scopes and tenant of API keys, cases, and who acts for whom"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('api_key') as batch_op:
        batch_op.add_column(sa.Column('tenant', sa.Text(), nullable=False, server_default='default'))
        batch_op.add_column(sa.Column('scopes', sa.Text(), nullable=True))
    op.create_table('access_case',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('partner', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_access_case_partner', 'access_case', ['partner'])
    op.create_table('delegation',
    sa.Column('principal', sa.Text(), nullable=False),
    sa.Column('delegate', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('principal', 'delegate')
    )
    op.create_index('ix_delegation_delegate', 'delegation', ['delegate'])


def downgrade() -> None:
    op.drop_table('delegation')
    op.drop_table('access_case')
    with op.batch_alter_table('api_key') as batch_op:
        batch_op.drop_column('scopes')
        batch_op.drop_column('tenant')
