"""Words of trackers in ten languages for statuses, priorities, nobody and machines, and what they are on the wire."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, get_args

from shared.schemas.ticket import Status
from shared.sources.people.words import is_nobody


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


# English, German, French, Spanish, Portuguese, Dutch, Polish, Italian, Japanese and Chinese.
_STATUS_WORDS: Final[dict[Status, str]] = {
    "open": (
        "new|open|opened|to do|todo|backlog|queued|assigned|awaiting assignment|reopened|triage"
        "|selected for development"
        "|ready|ready for development|registered|created|draft|unstarted|planned|unresolved|submitted|logged|icebox"
        "|neu|offen|zu erledigen|aufgaben|wieder geöffnet|erneut geöffnet|zugewiesen|geplant|bereit"
        "|nouveau|nouvelle|ouvert|ouverte|à faire|rouvert|rouverte|assigné|planifié"
        "|nuevo|nueva|abierto|abierta|por hacer|tareas por hacer|pendiente de asignar|reabierto|reabierta|asignado"
        "|novo|nova|aberto|aberta|a fazer|tarefas pendentes|itens pendentes|reaberto|reaberta|atribuído"
        "|nieuw|nog te doen|te doen|heropend|toegewezen|gepland"
        "|nowy|nowe|otwarty|otwarte|do zrobienia|ponownie otwarte|ponownie otwarty|przypisany"
        "|nuovo|aperto|aperta|da fare|da completare|riaperto|assegnato"
        "|新規|オープン|未着手|未対応|再オープン|再オープン済み|作業前|新建|打开|开放|待办|待处理|重新打开|已分配"
    ),
    "in_progress": (
        "active|in progress|accepted|doing|in review|work in progress|started|in development|in testing"
        "|testing|review"
        "|code review|in qa|qa|ready for review|ready for test|ready for qa|implementing|under review|investigating"
        "|under investigation|building|in work|wip|in implementation|verification|ready to deploy|ready for release"
        "|in arbeit|in bearbeitung|aktiv|im test|in prüfung|begonnen|wird bearbeitet|in entwicklung"
        "|en cours|en revue|en révision|en test|en traitement|commencé|actif"
        "|en curso|en progreso|en proceso|en revisión|en desarrollo|activo|trabajo en curso"
        "|em andamento|em progresso|em execução|em revisão|em análise|em desenvolvimento|ativo"
        "|bezig|in behandeling|actief|wordt getest|mee bezig|in ontwikkeling"
        "|w toku|w trakcie|w realizacji|w przeglądzie|aktywny|w trakcie realizacji"
        "|in corso|in lavorazione|in revisione|attivo"
        "|進行中|対応中|処理中|作業中|レビュー中|処理中の|进行中|处理中|审核中|开发中|测试中|正在进行"
    ),
    "waiting": (
        "on hold|hold|wait|waiting|pending|awaiting|paused|suspended|deferred|postponed|waiting for support"
        "|waiting for customer|stalled|snoozed|needs info|awaiting user info"
        "|wartend|wartet|wartet auf kunden|wartet auf support|pausiert|angehalten|zurückgestellt|ausstehend|warten"
        "|en attente|en attente du client|suspendu|en pause|différé"
        "|en espera|pendiente|esperando|esperando al cliente|en pausa|suspendido|aplazado"
        "|em espera|pendente|aguardando|aguardando cliente|pausado|suspenso"
        "|in de wacht|wachtend|wachten|wachten op klant|wacht op klant|gepauzeerd|opgeschort"
        "|wstrzymany|wstrzymane|oczekujący|oczekuje|oczekujące|oczekiwanie na klienta|zawieszony"
        "|in attesa|in sospeso|sospeso|in attesa del cliente"
        "|保留|保留中|待機中|待ち|顧客待ち|回答待ち|挂起|等待|等待中|暂停|搁置|等待客户"
    ),
    "blocked": (
        "blocked|impeded|impediment|blockiert|gesperrt|bloqué|bloquée|bloqueado|bloqueada|geblokkeerd|zablokowany"
        "|zablokowane|bloccato|bloccata|ブロック|ブロック中|阻塞|已阻塞|受阻"
    ),
    "resolved": (
        "resolved|done|fixed|completed|complete|solved|finished|delivered|released|deployed|implemented"
        "|shipped|merged"
        "|erledigt|gelöst|fertig|abgeschlossen|behoben|umgesetzt|fertiggestellt"
        "|résolu|résolue|terminé|terminée|fini|corrigé|livré"
        "|resuelto|resuelta|hecho|finalizado|finalizada|terminado|listo|completado|solucionado"
        "|resolvido|resolvida|concluído|concluída|feito|finalizado|pronto|itens concluídos"
        "|opgelost|gereed|klaar|afgerond|voltooid"
        "|rozwiązany|rozwiązane|gotowe|zrobione|zakończone|zakończony|ukończone"
        "|risolto|risolta|fatto|completato|completata|finito"
        "|完了|解決済み|解決|対応済み|処理済み|已完成|完成|已解决|已修复|解决"
    ),
    "closed": (
        "closed|cancelled|canceled|rejected|declined|won't do|won't fix|wontfix|duplicate|abandoned|obsolete|archived"
        "|invalid|deleted|not planned|dismissed"
        "|geschlossen|abgebrochen|abgelehnt|verworfen|storniert"
        "|fermé|fermée|clos|close|annulé|annulée|rejeté|rejetée|abandonné"
        "|cerrado|cerrada|cancelado|cancelada|rechazado|rechazada|anulado"
        "|fechado|fechada|encerrado|rejeitado|rejeitada"
        "|gesloten|geannuleerd|afgewezen|vervallen"
        "|zamknięty|zamknięte|anulowane|anulowany|odrzucone|odrzucony"
        "|chiuso|chiusa|annullato|annullata|rifiutato"
        "|クローズ|クローズ済み|終了|キャンセル|却下|中止|关闭|已关闭|已取消|取消|已拒绝|拒绝"
    ),
}
_PRIORITY_WORDS: Final = {
    1: "lowest|trivial|planning|very low|am niedrigsten|sehr niedrig|niedrigste|la plus basse|très faible|mínima"
    "|más baja|muito baixa|mais baixa|laagste|zeer laag|najniższy|bardzo niski|più bassa|最低|微小|极低",
    2: "low|minor|niedrig|gering|klein|faible|basse|mineure|baja|menor|baixa|laag|niski|niska|bassa|minore|低"
    "|低い|次要|较低",
    3: "medium|moderate|normal|mittel|moyenne|moyen|normale|media|medio|média|médio|gemiddeld|normaal|średni|średnia"
    "|normalny|中|普通|中等|正常|一般",
    4: "high|major|hoch|groß|haute|élevée|majeure|alta|alto|mayor|maior|hoog|wysoki|wysoka|maggiore|高|高い"
    "|重大|较高|重要",
    5: "critical|highest|urgent|blocker|emergency|immediate|very high|sehr hoch|am höchsten|höchste|dringend|kritisch"
    "|sofort|notfall|la plus haute|très élevée|critique|urgente|bloquante|crítica|crítico|más alta|muy alta|máxima"
    "|bloqueador|mais alta|muito alta|hoogste|kritiek|spoed|dringend|najwyższy|krytyczny|pilny|blokujący|critica"
    "|più alta|bloccante|最高|緊急|致命的|至急|紧急|致命|严重|最高级",
}  # fmt: skip
_PRIORITY_MAX: Final = 5
_LEADING_NUMBER: Final = re.compile(r"p?([0-9])(?![0-9])")
# Trackers add their own endings to these: "Wait - Vendor", "Awaiting User Info".
_WAITING: Final = ("wait", "awaiting", "pending", "on hold")
_OWN: Final[dict[str, Status]] = {status: status for status in _STATUS_WORDS}
_STATUSES: Final[Mapping[str, Status]] = MappingProxyType(
    {word: status for status, words in _STATUS_WORDS.items() for word in words.split("|")}
)
_PRIORITIES: Final = MappingProxyType(
    {word: number for number, words in _PRIORITY_WORDS.items() for word in words.split("|")}
)

# Whoever the ticket was given to is gone, or there was never anybody.
_NOBODY_NOW: Final = _words(
    "former user|former users|deleted user|inactive user|anonymous|unknown user|removed user|ehemaliger benutzer"
    "|gelöschter benutzer|anonym|nicht zugeordnet|ancien utilisateur|utilisateur supprimé|anonyme|usuario anterior"
    "|usuario eliminado|anónimo|no asignado|não atribuída|usuário excluído|anônimo|voormalige gebruiker"
    "|niet toegewezen"
    "|anoniem|były użytkownik|usunięty użytkownik|anonimowy|nieprzypisane|non assegnato|utente eliminato|anonimo"
    "|未割り当て|未割当|以前のユーザー|匿名|未分配|未指派|前用户|已删除的用户|没有经办人"
)
_SYSTEM: Final = _words(
    "system|automation|workflow|automation for jira|jira automation|script runner|scriptrunner|servicenow|jira"
    "|zendesk|github|gitlab|linear|system administrator|sla|trigger|automat|automatisierung|sistema|système"
    "|自动化|自動化"
)
_MACHINE: Final = re.compile(r"\[bot\]$|[-_ ]bot$|^bot[-_ ]|^automation\b|^system[-_ ]|^svc[-_.]|^no-?reply\b")
_RESOLVED_BY_NUMBER: Final = re.compile(r"[1-5]")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def own_words(given: Mapping[str, str], preset: Mapping[str, str]) -> Mapping[str, str]:
    """The caller's words over those of a preset."""
    return {**preset, **given}


def status_of(text: str, own: Mapping[str, str]) -> Status | None:
    """The status on the wire; None for an unknown word. `own` words count before those of the languages."""
    word = _folded(text)
    found = _OWN.get(own.get(word, "")) or _STATUSES.get(word)
    if found is None and word.startswith(_WAITING):
        return "waiting"
    return found


def priority_of(text: str, own: Mapping[str, str]) -> int | None:
    """The priority from 1 (lowest) to 5; None for an unknown word. Numbers count down: `1 - High` and `P1` are 5."""
    word = _folded(text)
    if _RESOLVED_BY_NUMBER.fullmatch(own.get(word, "")):
        return int(own[word])
    if word in _PRIORITIES:
        return _PRIORITIES[word]
    number = _LEADING_NUMBER.match(word)
    if number is not None and 1 <= int(number.group(1)) <= _PRIORITY_MAX:
        return _PRIORITY_MAX + 1 - int(number.group(1))
    return None


def is_system(actor: str, more: Collection[str] = ()) -> bool:
    """Whether an actor is the tracker itself or another machine, and no person."""
    word = _folded(actor)
    return word in _SYSTEM or word in more or _MACHINE.search(word) is not None


def is_nobody_now(text: str) -> bool:
    """Whether a cell says in words that a ticket is nobody's. An empty cell says nothing."""
    word = _folded(text)
    return word in _NOBODY_NOW or (len(word) > 1 and is_nobody(word) and word not in {"n/a", "none", "null"})


def parse_words(lines: Collection[str]) -> Mapping[str, str]:
    """Words as a file of `WORD = MEANING` lines gives them; `#` begins a comment. Raises ValueError, with the line."""
    found: dict[str, str] = {}
    meanings = {*get_args(Status), *map(str, range(1, _PRIORITY_MAX + 1))}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, equals, meaning = line.rpartition("=")
        if not equals or not word.strip() or meaning.strip() not in meanings:
            raise ValueError(f"line {number}: expected WORD = {' | '.join(sorted(meanings))}")
        found[_folded(word)] = meaning.strip()
    return MappingProxyType(found)
