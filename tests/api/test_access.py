"""Who may do what, what of it is recorded, and that nothing is told that is not recorded."""

import itertools
from collections import Counter
from http import HTTPStatus

from sqlalchemy import text

from services.api.auth.authentication import REMEMBERED_SECONDS
from services.api.endpoints import ENDPOINTS
from shared.domain.privacy.roles import GRANTS, Mode, Permission, Purpose, Role
from shared.storage.access.key_issue import LIFETIME_SECONDS, create_key, revoke_key
from tests.api.asking import BY_ID, PATHS, READS, ask, role_of
from tests.api.company import (
    LEADER,
    NOW,
    PARTNER,
    SKIP,
    Api,
)

SUBSCRIBING = {
    "listSubscriptions", "addSubscription", "rotateSubscription", "enableSubscription", "removeSubscription",
}  # fmt: skip
# Written out and not read from the code: who may do what is decided here a second time.
ALLOWED = {
    "hr_partner": {
        "listPeople", "listTeams", "listRelationships", "listEscalationRisks", "readHistory", "readEvidence",
        "listOwnReadings", "listOwnAudit", "listCases", "openCase", "approveCase", "closeCase", "listAlerts",
        "readAlert", "acknowledgeAlert", "snoozeAlert", "resolveAlert", "judgeAlert", "listSignals",
        "listNotifications", "addNotification", "rotateNotification", "enableNotification", "removeNotification",
    },
    "analyst": {"listTeams", "listSources", "listOwnReadings", "listOwnAudit", "listSignals"},
    "leader": {"listTeams", "listOwnReadings", "listOwnAudit", "listSignals"},
    "employee": {"listOwnReadings", "listOwnAudit", "listSignals"},
    "integration": {
        "listPeople", "listTeams", "listSignals", "listIdentities", "decideIdentity", *SUBSCRIBING,
    },
    "operator": {
        "listPeople", "listCases", "openCase", "approveCase", "closeCase", "listNames", "confirmName", "withdrawName",
        "listSignals", "listSources", "listIdentities", "decideIdentity", *SUBSCRIBING,
    },
    "auditor": {"listCases", "approveCase", "listSignals"},
}  # fmt: skip
# What the allowed answer: an operator without a person opens and approves nothing, a partner opens nothing for others,
# there is no such case, alert or webhook, nothing can be signed, and a key without a person has no own view.
ANSWERS = {
    "openCase": {409}, "approveCase": {404, 409}, "closeCase": {404}, "listOwnReadings": {200, 403},
    "listOwnAudit": {200, 403}, "acknowledgeAlert": {404}, "snoozeAlert": {404},
    "resolveAlert": {404}, "judgeAlert": {404}, "addNotification": {503}, "addSubscription": {503},
    **{f"{act}{what}": {404} for act in ("rotate", "enable", "remove") for what in ("Notification", "Subscription")},
    "decideIdentity": {404},  # there is no such account
    "listNames": {409}, "confirmName": {409}, "withdrawName": {404},  # the register is closed here
}  # fmt: skip


async def test_every_role_may_do_what_it_is_for_and_nothing_else(api: Api) -> None:
    assert set().union(*ALLOWED.values()) == set(BY_ID), "say in ALLOWED who may ask for a new endpoint"
    assert set(ALLOWED) == set(Role) == set(GRANTS)
    for role, endpoint in itertools.product(Role, ENDPOINTS):
        assert (role in endpoint.roles) == (endpoint.id in ALLOWED[role])
        response = await ask(api, endpoint, role)
        expected = ANSWERS.get(endpoint.id, {200}) if endpoint.id in ALLOWED[role] else {403}
        assert response.status_code in expected, (role, endpoint.id)
        if response.status_code == 403:
            assert response.json()["type"] == "urn:bellwether:problem:forbidden"
    assert {subject for _, _, _, subject, _ in await api.audit()}


async def test_every_permission_is_granted_and_asked_for(api: Api) -> None:
    assert {permission for granted in GRANTS.values() for permission in granted} == set(Permission)
    for endpoint in ENDPOINTS:
        assert endpoint.permission in set(Permission)
        assert endpoint.purposes <= set(Purpose)
        assert bool(endpoint.purposes) == endpoint.readings_of_people


async def test_scopes_narrow_what_a_key_may_do(api: Api) -> None:
    async with api.database.write() as connection:
        scopes = [Permission.READ_SIGNALS]
        made = await create_key(connection, name="narrow", role=Role.ANALYST, scopes=scopes, now=NOW)
    for endpoint in ENDPOINTS:
        response = await ask(api, endpoint, None, Authorization=f"Bearer {made.token}")
        assert response.status_code == (200 if endpoint.permission is Permission.READ_SIGNALS else 403), endpoint.id


async def test_without_a_good_key_every_operation_answers_the_same_bytes(api: Api) -> None:
    good = api.tokens["hr_partner"]
    async with api.database.write() as connection:
        revoked = await create_key(connection, name="revoked", role=Role.ANALYST, now=NOW)
        await revoke_key(connection, revoked.key.id, now=NOW)
        expired = await create_key(connection, name="old", role=Role.ANALYST, now=NOW - LIFETIME_SECONDS)
        foreign = await create_key(connection, name="foreign", role=Role.ANALYST, now=NOW, tenant="elsewhere")
    headers: list[dict[str, str]] = [
        {},
        {"Authorization": ""},
        {"Authorization": good},
        {"Authorization": f"Basic {good}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {good[:-1]}{'0' if good[-1] != '0' else '1'}"},
        {"Authorization": f"Bearer {good} {good}"},
        {"Authorization": f"Bearer {revoked.token}"},
        {"Authorization": f"Bearer {expired.token}"},
        {"Authorization": f"Bearer {foreign.token}", "X-Tenant": "elsewhere"},
        {"Authorization": "Bearer \x7f\t"},
    ]
    answers = set()
    for endpoint, sent in itertools.product(ENDPOINTS, headers):
        response = await ask(api, endpoint, None, **sent)
        answers.add((response.status_code, response.content, tuple(sorted(response.headers.items()))))
        async with api.client(None, **sent) as client:  # parameters are not looked at before the key
            wrong = await client.request(endpoint.method, PATHS[endpoint], params={"limit": "x"}, content=b"{")
            assert wrong.content == response.content
    assert len(answers) == 1
    status, _, answered = answers.pop()
    assert status == 401
    assert ("www-authenticate", 'Bearer realm="bellwether"') in answered
    assert await api.audit() == []


async def test_the_scheme_is_not_case_sensitive(api: Api) -> None:
    async with api.client(None, Authorization=f"bearer {api.tokens['leader']}") as client:
        assert (await client.get("/v1/signals")).status_code == 200


async def test_a_key_revoked_after_use_reads_no_people_at_once_and_nothing_soon(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="short", role=Role.HR_PARTNER, person=PARTNER, now=NOW)
    async with api.client(None, Authorization=f"Bearer {made.token}") as client:
        assert (await client.get("/v1/relationships")).status_code == 200
        async with api.database.write() as connection:
            await revoke_key(connection, made.key.id, now=NOW)
        for endpoint in ENDPOINTS:
            if endpoint.mode is Mode.CASE and endpoint in READS:
                assert (await client.get(PATHS[endpoint])).status_code == 401
        api.clock.now += REMEMBERED_SECONDS
        for path in READS.values():
            assert (await client.get(path)).status_code == 401


async def test_a_key_is_not_remembered_past_its_end(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="short", role=Role.ANALYST, now=NOW - 59, lifetime_seconds=60)
    async with api.client(None, Authorization=f"Bearer {made.token}") as client:
        api.clock.now = NOW + 0.5
        assert (await client.get("/v1/teams")).status_code == 200
        api.clock.now = NOW + 1.0
        assert (await client.get("/v1/teams")).status_code == 401


async def test_one_audit_row_per_person_told_of(api: Api) -> None:
    key_id = api.tokens["hr_partner"].removeprefix("bw_").rpartition("_")[0]
    async with api.client(Purpose="escalation-prevention") as client:
        page = (await client.get("/v1/escalation-risks", params={"limit": 3})).json()["data"]
    told_of = Counter(person for row in page for person in (row["person"], row["leader"], row["skip_leader"]))
    assert len(page) == 3
    assert await api.audit() == [
        (key_id, "listEscalationRisks", "escalation-prevention", person, rows)
        for person, rows in sorted(told_of.items())
    ]


async def test_subjects_are_audited_too(api: Api) -> None:
    await api.get(f"/v1/subjects/pair:adam|{LEADER}/history", signal="relationship_health")
    await api.get(f"/v1/subjects/chain:adam|{LEADER}|{SKIP}/evidence")
    assert [(operation, subject, rows) for _, operation, _, subject, rows in await api.audit()] == [
        ("readHistory", "adam", 4),
        ("readHistory", LEADER, 4),
        ("readEvidence", "adam", 3),
        ("readEvidence", LEADER, 3),
        ("readEvidence", SKIP, 3),
    ]


async def test_only_what_is_told_is_audited(api: Api) -> None:
    await api.get("/v1/people")
    await api.get("/v1/teams")
    await api.get("/v1/relationships", person="nobody")
    await api.get("/v1/relationships", limit="many")
    await api.get(f"/v1/subjects/pair:nobody|{LEADER}/evidence")
    assert await api.audit() == []
    # Whoever asks whether anything changed is told so.
    tag = (await api.get("/v1/relationships", person="adam")).headers["etag"]
    async with api.client(**{"If-None-Match": tag}) as client:
        assert (await client.get("/v1/relationships", params={"person": "adam"})).status_code == 304
    assert len(await api.audit()) == 4


async def test_no_audit_row_no_data(api: Api) -> None:
    async with api.database.write() as connection:
        await connection.execute(text("ALTER TABLE audit RENAME TO audit_elsewhere"))
    for endpoint in READS:
        response = await ask(api, endpoint, role_of(endpoint))
        if endpoint.readings_of_people:
            assert response.status_code in (500, 503)
            assert "adam" not in response.text
        elif endpoint.id not in {"listOwnAudit", "listNames"}:  # which is refused here without a key
            assert response.status_code == 200


async def test_everybody_may_know_who_looked_at_them(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="own", role=Role.EMPLOYEE, person="adam", now=NOW)
    await api.get("/v1/relationships", person="adam")
    await api.get("/v1/escalation-risks", limit=200)
    await api.get("/v1/relationships", person=LEADER)

    async def looks(token: str) -> list[tuple[str, str]]:
        async with api.client(None, Authorization=f"Bearer {token}") as client:
            found = (await client.get("/v1/own/audit")).json()["data"]
        return [(each["operation"], each["purpose"]) for each in found]

    purpose = "relationship-support"
    assert await looks(made.token) == [
        ("listRelationships", purpose), ("listEscalationRisks", purpose), ("listRelationships", purpose),
    ]  # fmt: skip
    # A leader does not learn that somebody looked for whoever may go over their head, or looked at pairs for that.
    async with api.client("hr_partner", Purpose="escalation-prevention") as client:
        assert (await client.get("/v1/relationships", params={"person": LEADER})).status_code == HTTPStatus.OK
    assert (await looks(made.token))[0] == ("listRelationships", "escalation-prevention")
    assert await looks(api.tokens["leader"]) == [("listRelationships", purpose), ("listRelationships", purpose)]
