"""Cases say whom they are about, and who approved them. Open ones without a subject are closed: ask for them anew"""

import time

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

_BY = 'upgrade: it does not say whom it is about'


def upgrade() -> None:
    op.create_table(
        'access_case_person',
        sa.Column('case', sa.Text(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('leader', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('case', 'person', 'leader'),
    )
    op.create_index('ix_access_case_person_person', 'access_case_person', ['person'])
    with op.batch_alter_table('access_case', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject_kind', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('subject', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('people', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('reason', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('approved_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('approved_by', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('break_glass', sa.Boolean(), nullable=False, server_default=sa.false()))
    case = sa.table(
        'access_case', sa.column('closed_at', sa.BigInteger()), sa.column('closed_by', sa.Text()),
    )
    # Expired ones as well: nothing can be read in them, and nobody has to look whether.
    op.execute(case.update().where(case.c.closed_at.is_(None)).values(closed_at=int(time.time()), closed_by=_BY))
    with op.batch_alter_table('access_case', schema=None) as batch_op:
        for name in ('subject_kind', 'subject', 'people', 'reason', 'break_glass'):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    # What could be read in with a subject alone must not be open for everybody.
    case = sa.table(
        'access_case', sa.column('closed_at', sa.BigInteger()), sa.column('closed_by', sa.Text()),
    )
    op.execute(case.update().where(case.c.closed_at.is_(None)).values(closed_at=int(time.time()), closed_by='downgrade'))
    with op.batch_alter_table('access_case', schema=None) as batch_op:
        for name in (
            'break_glass', 'approved_by', 'approved_at', 'reason', 'people', 'subject', 'subject_kind',
        ):
            batch_op.drop_column(name)
    op.drop_table('access_case_person')
