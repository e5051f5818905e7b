"""What is told of one meeting is found together."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TOLD = sa.text("meeting IS NOT NULL")


def upgrade() -> None:
    op.add_column("applied", sa.Column("meeting", sa.LargeBinary(), nullable=True))
    op.create_index("ix_applied_meeting", "applied", ["meeting"], sqlite_where=_TOLD, postgresql_where=_TOLD)


def downgrade() -> None:
    op.drop_index("ix_applied_meeting", "applied")
    op.drop_column("applied", "meeting")
