"""Partners set up notifications for themselves, and tools subscribe to what the program did. Webhooks of before go"""

import logging

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

_log = logging.getLogger('bellwether.store')


def upgrade() -> None:
    endpoint = sa.table('webhook_endpoint')
    count = op.get_bind().execute(sa.select(sa.func.count()).select_from(endpoint)).scalar_one()
    if count:
        _log.warning(
            '%d webhooks are gone: operators had set them up for others. Each partner sets up their own with '
            'POST /v1/notifications; tools subscribe with POST /v1/subscriptions', count,
        )
    op.drop_table('webhook_message')
    op.drop_table('webhook_endpoint')
    op.create_table(
        'webhook_endpoint',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('notify', sa.Text(), nullable=False),
        sa.Column('events', sa.Text(), nullable=False),
        sa.Column('generation', sa.Integer(), nullable=False),
        sa.Column('told', sa.Text(), nullable=False),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('disabled_at', sa.BigInteger(), nullable=True),
        sa.Column('disabled_because', sa.Text(), nullable=True),
        sa.Column('paused_until', sa.BigInteger(), nullable=False),
        sa.Column('delivered_at', sa.BigInteger(), nullable=True),
        sa.Column('failed_at', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'webhook_message',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('endpoint', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_attempt_at', sa.BigInteger(), nullable=False),
        sa.Column('last_status', sa.Integer(), nullable=True),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_webhook_message_due', 'webhook_message', ['outcome', 'next_attempt_at'])
    op.create_table(
        'notification_week', sa.Column('instant', sa.BigInteger(), nullable=False), sa.PrimaryKeyConstraint('instant'),
    )
    op.create_table(
        'subscription_event',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('told', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_subscription_event_kind', 'subscription_event', ['kind', 'detail', 'at'])


def downgrade() -> None:
    # Nobody is told of alerts by what was set up for something else.
    for name in ('subscription_event', 'notification_week', 'webhook_message', 'webhook_endpoint'):
        op.drop_table(name)
    op.create_table(
        'webhook_endpoint',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('disabled_at', sa.BigInteger(), nullable=True),
        sa.Column('disabled_because', sa.Text(), nullable=True),
        sa.Column('paused_until', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_table(
        'webhook_message',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('endpoint', sa.Text(), nullable=False),
        sa.Column('alert', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_attempt_at', sa.BigInteger(), nullable=False),
        sa.Column('last_status', sa.Integer(), nullable=True),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_webhook_message_alert', 'webhook_message', ['alert'])
    op.create_index('ix_webhook_message_due', 'webhook_message', ['outcome', 'next_attempt_at'])
