"""Alerts"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('alert',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('first', sa.Text(), nullable=False),
    sa.Column('second', sa.Text(), nullable=False),
    sa.Column('third', sa.Text(), nullable=False),
    sa.Column('first_week', sa.Integer(), nullable=False),
    sa.Column('raised_week', sa.Integer(), nullable=True),
    sa.Column('raised_at', sa.BigInteger(), nullable=False),
    sa.Column('withheld', sa.Text(), nullable=True),
    sa.Column('ended', sa.Text(), nullable=True),
    sa.Column('ended_week', sa.Integer(), nullable=True),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('threshold', sa.Float(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('model_version', sa.Text(), nullable=False),
    sa.Column('latest_value', sa.Float(), nullable=False),
    sa.Column('latest_week', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('handling', sa.Text(), nullable=False),
    sa.Column('snoozed_until', sa.BigInteger(), nullable=True),
    sa.Column('snoozed_value', sa.Float(), nullable=True),
    sa.Column('verdict', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.create_index('ix_alert_first_week', ['first_week'], unique=False)
        batch_op.create_index('ix_alert_state', ['state', 'raised_at'], unique=False)
        batch_op.create_index('ix_alert_subject', ['first', 'second', 'third'], unique=False)

    op.create_table('alert_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('alert', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('alert_event', schema=None) as batch_op:
        batch_op.create_index('ix_alert_event_alert', ['alert'], unique=False)

    op.create_table('alert_salt',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('alert_week',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('watched', sa.Integer(), nullable=False),
    sa.Column('leaders', sa.Integer(), nullable=False),
    sa.Column('credit', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'week')
    )


def downgrade() -> None:
    op.drop_table('alert_week')
    op.drop_table('alert_salt')
    with op.batch_alter_table('alert_event', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_event_alert')

    op.drop_table('alert_event')
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_subject')
        batch_op.drop_index('ix_alert_state')
        batch_op.drop_index('ix_alert_first_week')

    op.drop_table('alert')
