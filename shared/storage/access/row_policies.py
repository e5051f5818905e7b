"""The second lock, in PostgreSQL itself: which rows the API's role finds, whatever the query asks for.

Policies are conditions that the server adds to every statement of a role. These are for the reader (see `grants`):

* No row that tells of people without the tenant of this very database (see `session_context`).
* No reading, alert or history of one in a mode that does not allow it; nor without a caller and a purpose, and a case
  of theirs for it that is about the person or the pair, approved (or opened in an emergency) and not closed. When it
  expires is the application's to say: it has the clock. A case is opened in the name of the caller, and approved by
  nobody who opened it or will read in it.
* What was read must stand in the audit when the transaction ends: else it cannot be committed, and the application has
  nothing to answer with.
* No reading or alert that the declared caller must not know of, by the rules of `visibility`, which are written here a
  second time: nothing that is wrong there is wrong here too.
* Of the audit only what is about the caller, and of notifications only their own.

They hold against an application that forgets. Whoever has the password of the reader can declare what they like, and
roll back what should be audited; they find no facts, make no key, and change neither readings nor the audit.

The owner of the tables is not kept from anything: it could drop the policies as well.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from shared.domain.privacy.cases import BREAK_GLASS_SECONDS
from shared.domain.privacy.roles import Mode, Purpose
from shared.storage.access.grants import tables_about_people
from shared.storage.access.session_context import CALLER, DISCLOSED, NOBODY, PURPOSE, TENANT
from shared.storage.tables.declarations import RowPolicy, privacy_of

SCHEMA: Final = "bellwether_guard"
"""Holds the functions of the policies, which is made anew with them."""

# Each is worked out once a statement, not once a row: that is what the brackets around every call below are for.
_ENTERED: Final = f"(SELECT {SCHEMA}.entered())"
_KEPT: Final = f"(SELECT {SCHEMA}.kept())"
_COVERED: Final = f"(SELECT {SCHEMA}.covered())"
_MAY_KNOW: Final = f"NOT {_KEPT} ?| ARRAY['lower ' || first, 'lower ' || second, 'any ' || third]"
# A person under any leader, or under one: with the length of the first, no two can be taken for each other.
_FIRST_IS_COVERED: Final = f"{_COVERED} ?| ARRAY['any ' || first, length(first) || ' ' || first || second]"
_SECOND_IS_COVERED: Final = f"{_COVERED} ?| ARRAY['any ' || second, length(second) || ' ' || second || first]"
_IS_COVERED: Final = f"({_FIRST_IS_COVERED} OR third = '' AND {_SECOND_IS_COVERED})"
_IN_A_CASE: Final = f"(SELECT {SCHEMA}.reads(own => false)) AND {_IS_COVERED} AND {_MAY_KNOW}"
_CALLER: Final = f"(SELECT {SCHEMA}.caller())"
_ONE_OF_TWO: Final = (
    f"(first = {_CALLER} AND NOT {_KEPT} ? ('report ' || second)"
    f" OR second = {_CALLER} AND NOT {_KEPT} ? ('report ' || first))"
)
_OWN: Final = f"(SELECT {SCHEMA}.reads(own => true)) AND third = '' AND {_ONE_OF_TWO}"
_ALERT_IS_SEEN: Final = "EXISTS (SELECT FROM alert WHERE alert.id = alert_event.alert)"

# What the reader finds, by command where these differ.
_CONDITIONS: Final[Mapping[RowPolicy, Mapping[str, str]]] = {
    RowPolicy.TENANT: {"ALL": _ENTERED},
    RowPolicy.OWN_KEYS: {"ALL": f"{_ENTERED} AND tenant = {SCHEMA}.tenant()"},
    RowPolicy.CASE: {"ALL": _IN_A_CASE},
    RowPolicy.CASE_OR_OWN: {"ALL": f"{_IN_A_CASE} OR {_OWN}"},
    RowPolicy.OF_VISIBLE_ALERTS: {"ALL": _ALERT_IS_SEEN},
    RowPolicy.OWN_ENDPOINTS: {"ALL": f"{_ENTERED} AND (person = '' OR person = {_CALLER})"},
    RowPolicy.OWN_AUDIT: {"SELECT": f"{_ENTERED} AND subject = {_CALLER}", "INSERT": _ENTERED},
    RowPolicy.CASES: {
        "SELECT": _ENTERED,
        "INSERT": f"{_ENTERED} AND opened_by = {_CALLER} AND approved_at IS NULL AND approved_by IS NULL"
        f" AND (NOT break_glass OR expires_at - opened_at <= {BREAK_GLASS_SECONDS})",
        "UPDATE": f"{_ENTERED} AND (approved_at IS NULL) = (approved_by IS NULL)"
        " AND (approved_by IS NULL OR approved_by NOT IN (partner, opened_by))",
    },
    RowPolicy.CASE_PEOPLE: {
        "SELECT": _ENTERED,
        "INSERT": f"{_ENTERED} AND EXISTS (SELECT FROM access_case AS opened"
        f" WHERE opened.id = access_case_person.case AND opened.opened_by = {_CALLER} AND opened.approved_at IS NULL)",
    },
}

_FUNCTIONS: Final = (
    # Whose store this is: a constant, which no setting of a session can change.
    "FUNCTION {schema}.tenant() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {tenant}",
    f"""FUNCTION {{schema}}.caller() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('{CALLER}', true), '')""",
    f"""FUNCTION {{schema}}.entered() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('{TENANT}', true) = {{schema}}.tenant(), false)""",
    # Whether this transaction may read readings of people. Asking makes the transaction owe an entry of the audit.
    f"""FUNCTION {{schema}}.reads(own boolean) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $body$
    <<reads>>
    DECLARE purpose text := coalesce(current_setting('{PURPOSE}', true), '');
    BEGIN
      IF NOT {{schema}}.entered() OR purpose = '' OR {{schema}}.caller() IS NULL
        OR own <> (purpose = '{Purpose.OWN_DATA.value}')
        OR NOT EXISTS (
          SELECT FROM deployment_mode
          WHERE mode = '{Mode.CASE.value}' OR mode = '{Mode.SELF.value}' AND own
        )
        OR NOT own AND NOT EXISTS (
          SELECT FROM access_case WHERE partner = {{schema}}.caller() AND access_case.purpose = reads.purpose
          AND closed_at IS NULL AND (approved_at IS NOT NULL OR break_glass)
        )
      THEN
        RETURN false;
      END IF;
      INSERT INTO {{schema}}.owed VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
      RETURN true;
    END $body$""",  # noqa: S608 - our own names
    f"""FUNCTION {{schema}}.settle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $body$
    BEGIN
      DELETE FROM {{schema}}.owed WHERE transaction = NEW.transaction;
      IF current_setting('{DISCLOSED}', true) IS DISTINCT FROM '{NOBODY}' AND NOT EXISTS (
        SELECT FROM audit_entry AS entry JOIN audit_head AS head ON entry.sequence = head.sequence
        WHERE entry.xmin = pg_current_xact_id()::xid AND entry.purpose = current_setting('{PURPOSE}', true)
      ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'readings of people were read and do not stand in the audit';
      END IF;
      RETURN NULL;
    END $body$""",  # noqa: S608 - the same
    # Whom cases of the caller for the declared purpose are about.
    f"""FUNCTION {{schema}}.covered() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $body$
    DECLARE found jsonb;
    BEGIN
      SELECT jsonb_object_agg(
        CASE WHEN about.leader = '' THEN 'any ' || about.person
        ELSE length(about.person) || ' ' || about.person || about.leader END, 1
      ) INTO found FROM access_case_person AS about JOIN access_case AS opened ON opened.id = about.case
      WHERE opened.partner = {{schema}}.caller() AND opened.purpose = current_setting('{PURPOSE}', true)
      AND opened.closed_at IS NULL AND (opened.approved_at IS NOT NULL OR opened.break_glass);
      RETURN coalesce(found, '{{{{}}}}');
    END $body$""",  # noqa: S608 - the same
    # Whom the caller must not read about: as a person or a leader, as anybody of a subject, and as their own report.
    """FUNCTION {schema}.kept() RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $body$
    DECLARE found jsonb;
    BEGIN
      WITH RECURSIVE acting (person) AS (
        SELECT {schema}.caller()
        UNION SELECT delegation.principal FROM delegation JOIN acting ON delegation.delegate = acting.person
      ), below (person) AS (
        SELECT person FROM acting
        UNION SELECT line.person FROM reporting_line AS line JOIN below ON line.manager = below.person
      ), above (person) AS (
        SELECT line.manager FROM reporting_line AS line JOIN acting ON line.person = acting.person
        UNION SELECT line.manager FROM reporting_line AS line JOIN above ON line.person = above.person
      ), named (name) AS (
        SELECT 'any ' || person FROM below UNION SELECT 'lower ' || person FROM below
        UNION SELECT 'lower ' || person FROM above
        UNION SELECT 'lower ' || peer.person FROM acting JOIN reporting_line AS line ON line.person = acting.person
        JOIN reporting_line AS peer ON peer.manager = line.manager WHERE line.manager <> ''
        UNION SELECT 'report ' || person FROM below WHERE person <> {schema}.caller()
      )
      SELECT jsonb_object_agg(name, 1) INTO found FROM named WHERE name IS NOT NULL;
      RETURN coalesce(found, '{{}}');
    END $body$""",
)


def row_policy_statements(*, tenant: str, reader: str, writer: str) -> Iterator[str]:
    """Statements that put the policies in place of those there are. Roles are plain names; for the owner to run."""
    yield f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"
    yield f"CREATE SCHEMA {SCHEMA}"
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {reader}"
    yield f"CREATE UNLOGGED TABLE {SCHEMA}.owed (transaction xid8 PRIMARY KEY)"
    for function in _FUNCTIONS:
        yield "CREATE " + function.format(schema=SCHEMA, tenant=_literal(tenant))
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC"
    for called in ("tenant()", "caller()", "entered()", "reads(boolean)", "covered()", "kept()"):
        yield f"GRANT EXECUTE ON FUNCTION {SCHEMA}.{called} TO {reader}"
    yield (
        f"CREATE CONSTRAINT TRIGGER settle AFTER INSERT ON {SCHEMA}.owed DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.settle()"
    )
    for table in tables_about_people():
        yield from _policies(table.name, privacy_of(table).policy, reader=reader, writer=writer)


def _policies(table: str, policy: RowPolicy, *, reader: str, writer: str) -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS writes ON {table}"
    yield f"CREATE POLICY writes ON {table} TO {writer} USING (true) WITH CHECK (true)"
    for command, condition in _CONDITIONS[policy].items():
        name = f"reads_{command.lower()}"
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
        checks = {
            "SELECT": f"USING ({condition})",
            "INSERT": f"WITH CHECK ({condition})",
            "UPDATE": f"USING ({_ENTERED}) WITH CHECK ({condition})",
        }
        yield f"CREATE POLICY {name} ON {table} FOR {command} TO {reader} {checks.get(command, f'USING ({condition})')}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
