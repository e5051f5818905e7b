"""Readings are found by their second person and week, as they are by the first: by person alone, in all weeks there are"""

from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replace(['second', 'week'])


def downgrade() -> None:
    _replace(['second'])


def _replace(columns: list[str]) -> None:
    op.drop_index('ix_reading_second', 'reading')
    op.create_index('ix_reading_second', 'reading', columns)
