"""First tables"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('accepted',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('event', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('accepted', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accepted_event'), ['event'], unique=False)
        batch_op.create_index(batch_op.f('ix_accepted_sha256'), ['sha256'], unique=False)

    op.create_table('api_key',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=True),
    sa.Column('secret_sha256', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('applied',
    sa.Column('entity', sa.LargeBinary(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.SmallInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('entity')
    )
    op.create_table('attendance',
    sa.Column('identity', sa.BigInteger(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('locator', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('identity', 'start', 'locator')
    )
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_subject', ['subject'], unique=False)

    op.create_table('cell',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('cohort', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Float(), nullable=False),
    sa.Column('shares', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'cohort', 'week')
    )
    op.create_table('contact',
    sa.Column('sender', sa.BigInteger(), nullable=False),
    sa.Column('recipient', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('locator', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.SmallInteger(), nullable=False),
    sa.Column('thread', sa.BigInteger(), nullable=False),
    sa.Column('marks', sa.SmallInteger(), nullable=False),
    sa.Column('others', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('sender', 'recipient', 'at', 'locator')
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index('ix_contact_recipient', ['recipient'], unique=False)

    op.create_table('dead_letter',
    sa.Column('incarnation', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('incarnation', 'topic', 'partition', 'offset')
    )
    op.create_table('dirty',
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('from_day', sa.BigInteger(), nullable=False),
    sa.Column('generation', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('who')
    )
    op.create_table('goal',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('team', sa.Text(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('identity',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    op.create_table('identity_link',
    sa.Column('entity', sa.LargeBinary(), nullable=False),
    sa.Column('identity', sa.BigInteger(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('entity')
    )
    op.create_table('meeting',
    sa.Column('locator', sa.BigInteger(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('end', sa.BigInteger(), nullable=False),
    sa.Column('organiser', sa.BigInteger(), nullable=False),
    sa.Column('people', sa.Text(), nullable=False),
    sa.Column('invited', sa.Text(), nullable=False),
    sa.Column('series', sa.BigInteger(), nullable=False),
    sa.Column('original_start', sa.BigInteger(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('locator')
    )
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    op.create_table('pair_day',
    sa.Column('sender', sa.BigInteger(), nullable=False),
    sa.Column('recipient', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('channel', sa.SmallInteger(), nullable=False),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.Column('broadcasts', sa.Integer(), nullable=False),
    sa.Column('replies', sa.Integer(), nullable=False),
    sa.Column('asks', sa.Integer(), nullable=False),
    sa.Column('acknowledgements', sa.Integer(), nullable=False),
    sa.Column('reactions', sa.Integer(), nullable=False),
    sa.Column('meetings', sa.Integer(), nullable=False),
    sa.Column('cancelled_meetings', sa.Integer(), nullable=False),
    sa.Column('comments', sa.Integer(), nullable=False),
    sa.Column('handoffs', sa.Integer(), nullable=False),
    sa.Column('reopens', sa.Integer(), nullable=False),
    sa.Column('priority_raises', sa.Integer(), nullable=False),
    sa.Column('escalations', sa.Integer(), nullable=False),
    sa.Column('sla_breaches', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('sender', 'recipient', 'day', 'channel')
    )
    with op.batch_alter_table('pair_day', schema=None) as batch_op:
        batch_op.create_index('ix_pair_day_recipient', ['recipient'], unique=False)

    op.create_table('partition_offset',
    sa.Column('consumer', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('incarnation', sa.Text(), nullable=False),
    sa.Column('next_offset', sa.BigInteger(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'topic', 'partition')
    )
    op.create_table('person',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('team', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('reading',
    sa.Column('signal', sa.Text(), nullable=False),
    sa.Column('first', sa.Text(), nullable=False),
    sa.Column('second', sa.Text(), nullable=False),
    sa.Column('third', sa.Text(), nullable=False),
    sa.Column('week', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('band', sa.Text(), nullable=False),
    sa.Column('factors', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('model_version', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('signal', 'first', 'second', 'third', 'week')
    )
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.create_index('ix_reading_first', ['first'], unique=False)
        batch_op.create_index('ix_reading_second', ['second'], unique=False)
        batch_op.create_index('ix_reading_third', ['third'], unique=False)
        batch_op.create_index('ix_reading_value', ['week', 'signal', 'value'], unique=False)

    op.create_table('reporting_line',
    sa.Column('entity', sa.LargeBinary(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('manager', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('entity')
    )
    with op.batch_alter_table('reporting_line', schema=None) as batch_op:
        batch_op.create_index('ix_reporting_line_manager', ['manager'], unique=False)
        batch_op.create_index('ix_reporting_line_person', ['person'], unique=False)

    op.create_table('scoring_state',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('scored_week', sa.BigInteger(), nullable=False),
    sa.Column('scored_at', sa.BigInteger(), nullable=False),
    sa.Column('first_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('team',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('ticket_step',
    sa.Column('actor', sa.BigInteger(), nullable=False),
    sa.Column('target', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.SmallInteger(), nullable=False),
    sa.Column('locator', sa.BigInteger(), nullable=False),
    sa.Column('ticket', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('actor', 'target', 'at', 'step', 'locator')
    )
    with op.batch_alter_table('ticket_step', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_step_target', ['target'], unique=False)




def downgrade() -> None:

    with op.batch_alter_table('ticket_step', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_step_target')

    op.drop_table('ticket_step')
    op.drop_table('team')
    op.drop_table('scoring_state')
    with op.batch_alter_table('reporting_line', schema=None) as batch_op:
        batch_op.drop_index('ix_reporting_line_person')
        batch_op.drop_index('ix_reporting_line_manager')

    op.drop_table('reporting_line')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_index('ix_reading_value')
        batch_op.drop_index('ix_reading_third')
        batch_op.drop_index('ix_reading_second')
        batch_op.drop_index('ix_reading_first')

    op.drop_table('reading')
    op.drop_table('person')
    op.drop_table('partition_offset')
    with op.batch_alter_table('pair_day', schema=None) as batch_op:
        batch_op.drop_index('ix_pair_day_recipient')

    op.drop_table('pair_day')
    op.drop_table('outbox')
    op.drop_table('meeting')
    op.drop_table('identity_link')
    op.drop_table('identity')
    op.drop_table('goal')
    op.drop_table('dirty')
    op.drop_table('dead_letter')
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_index('ix_contact_recipient')

    op.drop_table('contact')
    op.drop_table('cell')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_subject')

    op.drop_table('audit')
    op.drop_table('attendance')
    op.drop_table('applied')
    op.drop_table('api_key')
    with op.batch_alter_table('accepted', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_accepted_sha256'))
        batch_op.drop_index(batch_op.f('ix_accepted_event'))

    op.drop_table('accepted')

