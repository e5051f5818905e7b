"""Words of HR systems: for nobody, for who has left or not begun, and for who is away."""

import re
import unicodedata
from typing import Final, Literal

Standing = Literal["here", "gone", "not_yet", "away", "unknown"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


_NOBODY: Final = _words(
    "n/a|na|n.a.|none|null|nil|nan|-|--|---|\u2013|\u2014|.|?|tbd|tba|tbc|vacant|open|open position"
    "|unassigned|not assigned"
    "|not applicable|no manager|no supervisor|no one|nobody|unknown|(none)|(blank)|(empty)|blank|empty|#n/a|#ref!"
    "|#value!|#name?|to be defined|to be determined|to be hired|keine|keiner|kein|k.a.|k. a.|unbesetzt|vakant"
    "|nicht zugewiesen|offen|unbekannt|aucun|aucune|néant|non assigné|à définir|à pourvoir|ninguno|ninguna|sin asignar"
    "|vacante|por definir|no aplica|nenhum|nenhuma|não atribuído|vago|vaga|a definir|geen|n.v.t.|vacature|nvt"
    "|brak|nie dotyczy|wakat|nieprzypisany|なし|無し|未定|空席|該当なし|無|无|空缺|暂无|待定|нет|вакансия"
)
# No status is longer.
_STATUS_MAX: Final = 200
_ZEROS: Final = re.compile(r"0+")

_GONE: Final = _words(
    "false|no|n|0|f|inactive|terminated|left|former|former employee|deactivated|disabled|suspended|archived|resigned"
    "|retired|deceased|dismissed|deleted|separated|withdrawn|discarded|ex-employee|no longer employed|offboarded"
    "|terminated employee|discharged|quit"
    "|inaktiv|ausgeschieden|ehemalig|ausgetreten|gekündigt und ausgeschieden|nein|falsch|deaktiviert|pensioniert"
    "|inactif|inactive|parti|sorti|licencié|démissionné|retraité|non|faux"
    "|inactivo|inactiva|baja|dado de baja|despedido|jubilado|cesado|falso"
    "|inativo|inativa|desligado|demitido|aposentado|não|nao"
    "|inactief|uit dienst|vertrokken|nee|onwaar"
    "|nieaktywny|nieaktywna|zwolniony|zwolniona|nie"
    "|退職|退社|無効|离职|已离职|停用|уволен|уволена|неактивен|неактивна|нет"
)
_NOT_YET: Final = _words(
    "pre-hire|prehire|pre hire|pre-boarding|preboarding|onboarding|pending|pending start|future hire|future|hired"
    "|not started|upcoming|invited|staged|zukünftig|in onboarding|à venir|pendiente|pendente|入社予定|待入职"
)
_AWAY: Final = _words(
    "leave|on leave|leave of absence|paid leave|unpaid leave|parental leave|maternity leave|paternity leave|sick leave"
    "|medical leave|sabbatical|garden leave|loa|leave with pay|leave without pay|l|abwesend|elternzeit|mutterschutz"
    "|beurlaubt|freigestellt|krank|sabbatjahr|ruhend|in elternzeit|congé|en congé|congé parental|congé maternité"
    "|absent|licencia|de licencia|excedencia|de baja médica|baja por maternidad|licença|de licença|afastado|afastada"
    "|férias|met verlof|verlof|ouderschapsverlof|ziek|na urlopie|urlop|urlop macierzyński|休職|休業|育休|産休|育児休業"
    "|休假|产假|停薪留职|в отпуске|декрет"
)
_HERE: Final = _words(
    "|true|yes|y|1|active|enabled|employed|current|working|a|full-time|full time|fulltime|part-time|part time|parttime"
    "|permanent|temporary|temp|contractor|contract|intern|internship|regular|seasonal|casual|probation|probationary"
    "|freelance|freelancer|consultant|apprentice|trainee|working student|fixed-term|fixed term|salaried|hourly|exempt"
    "|non-exempt|per diem|on call|notice period|on notice|under notice|resigning"
    "|aktiv|ja|wahr|angestellt|vollzeit|teilzeit|unbefristet|befristet|praktikant|werkstudent|freier mitarbeiter"
    "|gekündigt|probezeit|azubi|auszubildender|actif|active|oui|vrai|en poste|cdi|cdd|stagiaire|temps plein"
    "|temps partiel|activo|activa|sí|si|alta|contratado|tiempo completo|indefinido|ativo|ativa|sim|efetivo|estagiário"
    "|actief|in dienst|waar|voltijd|deeltijd|aktywny|aktywna|tak|zatrudniony|zatrudniona|w pracy|umowa o pracę"
    "|在籍|在職|在籍中|有効|正社員|契約社員|はい|在职|在岗|正式|全职|兼职|试用期|活跃|是|работает|активен|активна|да"
)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().strip("\"'").strip()


def is_nobody(text: str) -> bool:
    """Whether a cell that should name somebody says that there is nobody, such as `N/A` or `Vacant`."""
    word = _folded(text)
    return word in _NOBODY or word.strip("[]()<> ") in _NOBODY or _ZEROS.fullmatch(word) is not None


def standing(text: str) -> Standing:
    """What a status says of somebody; `unknown` for a word that is in no list."""
    word = _folded(text[:_STATUS_MAX])
    if word in _GONE:
        return "gone"
    if word in _NOT_YET:
        return "not_yet"
    if word in _AWAY or any(word.startswith(f"{each} ") for each in ("on leave", "leave", "active - leave")):
        return "away"
    if word in _HERE:
        return "here"
    # Vendors add a reason or a kind: "Terminated - Voluntary", "Active (Full-Time)".
    first = re.split(r"\s*[-\u2013:(/,]\s*", word, maxsplit=1)[0].strip()
    return standing(first) if first and first != word else "unknown"
