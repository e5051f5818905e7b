"""Teams and whether somebody is there hold for a time, and a table of people may change several for one person."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "membership",
        sa.Column("entity", sa.LargeBinary(), primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
    )
    op.create_index("ix_membership_person", "membership", ["person"])
    _changes(
        sa.Column("valid_from", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    _changes(
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("was_active", sa.Boolean(), nullable=False),
    )
    op.drop_table("membership")


def _changes(*columns: sa.Column[Any]) -> None:
    """The table anew: what was kept of the last tables of people is told in another form."""
    op.drop_table("directory_change")
    op.create_table(
        "directory_change",
        sa.Column("day", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        *columns,
    )
