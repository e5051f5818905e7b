"""When people work, and absences"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'work_schedule',
        sa.Column('entity', sa.LargeBinary(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('valid_from', sa.BigInteger(), nullable=False),
        sa.Column('valid_to', sa.BigInteger(), nullable=False),
        sa.Column('time_zone', sa.Text(), nullable=True),
        sa.Column('days', sa.Integer(), nullable=True),
        sa.Column('opens', sa.Integer(), nullable=True),
        sa.Column('closes', sa.Integer(), nullable=True),
        sa.Column('holidays', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('entity'),
    )
    op.create_index('ix_work_schedule_person', 'work_schedule', ['person'])
    op.create_table(
        'absence',
        sa.Column('entity', sa.LargeBinary(), nullable=False),
        sa.Column('person', sa.Text(), nullable=False),
        sa.Column('valid_from', sa.BigInteger(), nullable=False),
        sa.Column('valid_to', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('entity'),
    )
    op.create_index('ix_absence_person', 'absence', ['person'])


def downgrade() -> None:
    op.drop_table('absence')
    op.drop_table('work_schedule')
