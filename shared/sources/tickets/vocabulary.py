"""The columns of trackers, and what is particular to the logs of some."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.sources.headers import header_key


def _keys(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(header_key(each) for each in text.split("|")))


ALIASES: Final = {
    "ticket": _keys(
        "case|case id|case concept name|ticket|ticket id|ticket key|number|issue key|key|incident|incident id|issue"
        "|issue id|iid|identifier|task id|work item id|request id|Schlüssel|Vorgangsschlüssel|Vorgang|clé"
        "|clé de ticket|clave|clave de incidencia"
        "|chave|chave do item|sleutel|issuesleutel|klucz|klucz zgłoszenia|chiave|キー|課題キー|关键字|问题关键字"
        "|id"
    ),
    "time": _keys(
        "time timestamp|timestamp|updated at|sys updated at|sys updated on|updated|time|date|last updated"
        "|Aktualisiert|mise à jour|actualizada|actualizado|atualizado|atualizado(a)|bijgewerkt|zaktualizowano"
        "|aggiornato|更新日|更新日時|已更新|更新时间|last updated time|updated time|last updated at|updated at (utc)"
        "|updated on|changed date|last modified|last modified at|last modified time|modified|modified on|modified at"
        "|Geändert|zuletzt geändert|modifié|dernière modification|modificado|última modificación|gewijzigd"
    ),
    "actor": _keys("actor|org resource|resource|updated by|sys updated by|user|author|Autor|auteur|autor"),
    "group": _keys("group|org group|assignment group|team|queue|Gruppe|groupe|grupo|groep|grupa|グループ|组"),
    "queue": _keys(
        "project key|project|project id|Projektschlüssel|clé de projet|clave de proyecto|プロジェクトキー|项目关键字"
    ),
    "status": _keys(
        "status|lifecycle transition|incident state|state|statut|état|estado|stan|stato|ステータス|状態|状态"
        "|section/column|stage"
    ),
    "priority": _keys(
        "priority|severity|urgency|impact|Priorität|priorité|prioridad|prioridade|prioriteit|priorytet|priorità"
        "|優先度|优先级"
    ),
    "assignee": _keys(
        "assignee id|assignee account id|assignee email|assignee username|assignee|assigned to|agent email|agent"
        "|assigned agent|owner|zugewiesene Person|Bearbeiter"
        "|Zugewiesen an|responsable|attribué à|persona asignada|asignado a|responsável|toegewezen persoon|behandelaar"
        "|osoba przypisana|przypisany|assegnatario|担当者|经办人"
    ),
    "reporter": _keys(
        "reporter id|reporter account id|reporter email|reporter|caller id|caller|requester email|requester id"
        "|requester|author username|opened by|created by|creator|submitter"
        "|Autor|Ersteller|Melder|rapporteur|informador|informante|relator|melder|zgłaszający|segnalatore|報告者|报告人"
    ),
    "opened": _keys(
        "opened at|created at|created|opened|Erstellt|création|créé|creada|creado|criado|gemaakt|utworzono|creato"
        "|作成日|作成日時|已创建|创建时间|created date|created time|created at (utc)"
        "|created on|creation date|date created"
    ),
    "sla": _keys("made sla|sla made|sla met"),
    "due": _keys("due date|due|due at|Fälligkeitsdatum|date d'échéance|fecha de vencimiento|data limite|期限|到期日"),
    "order": _keys("sys mod count|sequence|seq"),
    "parent": _keys(
        "epic link|parent key|epic|parent|parent id|parent issue|parent task|parent work item|parent incident"
    ),
    "goal": _keys("goal|goal id|objective"),
}
"""`sla` says whether the promised time is still kept. `order` orders rows of one instant."""

_MISSING: Final = frozenset({"", "?", "-", "none", "null", "n/a"})


@dataclass(frozen=True, slots=True)
class Preset:
    """What is particular to the logs of one tracker. A table with all of `headers` is such a log."""

    headers: frozenset[str]
    columns: Mapping[str, str]
    statuses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    priorities: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    system_actors: frozenset[str] = frozenset()


ANY_TRACKER: Final = Preset(headers=frozenset(), columns=MappingProxyType({}))

PRESETS: Final = (
    # BPI Challenge 2013, Volvo IT: the resource is the owner of the action, so the one who acts and the one who holds
    # the ticket; "In Call" is resolved while the caller waits; Siebel is the machine.
    Preset(
        headers=frozenset({"case", "timetimestamp", "orggroup", "orgresource", "lifecycletransition", "impact"}),
        columns=MappingProxyType({
            "ticket": "case", "time": "timetimestamp", "actor": "orgresource", "assignee": "orgresource",
            "group": "orggroup", "status": "lifecycletransition", "priority": "impact",
        }),
        statuses=MappingProxyType({"in call": "resolved"}),
        priorities=MappingProxyType({"major": "5"}),
        system_actors=frozenset({"siebel"}),
    ),
    # ServiceNow incidents, as audit log (UCI 498) or over REST, where states are numbers.
    Preset(
        headers=frozenset({"number", "incidentstate", "assignmentgroup", "sysupdatedby"}),
        columns=MappingProxyType({"ticket": "number", "status": "incidentstate", "priority": "priority"}),
        statuses=MappingProxyType({
            "1": "open", "2": "in_progress", "3": "waiting", "6": "resolved", "7": "closed", "8": "closed",
        }),
    ),
)  # fmt: skip


def preset_of(headers: tuple[str, ...]) -> Preset:
    """The preset that fits a table with these headers, as `header_key` writes them; else `ANY_TRACKER`."""
    return next((preset for preset in PRESETS if preset.headers <= set(headers)), ANY_TRACKER)


def present(cell: str) -> str:
    """The cell, or an empty text when it says that there is no value, such as `?` or `none`."""
    return "" if cell.lower() in _MISSING else cell
