"""Entries of the audit that are old enough may go, up to a signed cut"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

# Table and the column that holds the sequence of the entry.
CUT = (('audit', 'entry'), ('audit_entry', 'sequence'))


def upgrade() -> None:
    op.create_table('audit_cut',
    sa.Column('id', sa.SmallInteger(), nullable=False),
    sa.Column('through', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('seal', sa.LargeBinary(), nullable=False),
    sa.Column('signer', sa.Text(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    if op.get_bind().dialect.name == 'sqlite':
        for table, entry in CUT:
            op.execute(f'DROP TRIGGER {table}_no_delete')
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"WHEN OLD.{entry} > (SELECT COALESCE(MAX(through), 0) FROM audit_cut) "
                "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
            )
        return
    for table, entry in CUT:
        op.execute(
            f"CREATE FUNCTION refuse_deletion_from_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF OLD.{entry} > (SELECT COALESCE(MAX(through), 0) FROM audit_cut) THEN "
            "RAISE EXCEPTION 'the audit is only ever added to'; END IF; RETURN OLD; END $$"
        )
        op.execute(f'DROP TRIGGER {table}_append_only ON {table}')
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_deletion_from_{table}()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table, _ in CUT:
            op.execute(f'DROP TRIGGER {table}_no_delete')
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
            )
    else:
        for table, _ in CUT:
            op.execute(f'DROP TRIGGER {table}_no_delete ON {table}')
            op.execute(f'DROP TRIGGER {table}_append_only ON {table}')
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
            )
            op.execute(f'DROP FUNCTION refuse_deletion_from_{table}()')
    op.drop_table('audit_cut')
