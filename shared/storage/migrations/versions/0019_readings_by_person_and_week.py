"""Readings are found by person and week: by week alone, each group of people looked through those of everybody"""

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replace(['first', 'week'])


def downgrade() -> None:
    _replace(['first'])


def _replace(columns: list[str]) -> None:
    op.drop_index('ix_reading_first', 'reading')
    op.create_index('ix_reading_first', 'reading', columns)
