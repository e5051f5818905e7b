"""Headers of tables of people, as HR systems and directories write them in ten languages.

Workday, BambooHR, Personio, SAP SuccessFactors, HiBob, ADP, Rippling, UKG, Google Workspace and Microsoft Entra, in
English, German, French, Spanish, Portuguese, Dutch, Polish, Japanese, Chinese and Russian.
"""

from typing import Final

from shared.sources.headers import header_key


def _keys(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(header_key(each) for each in text.split("|")))


ALIASES: Final = {
    "person": _keys(
        "id|person id|employee id|employee number|employee #|employee no|worker id|emp id|user id|personnel number"
        "|person|employee|employee code|associate id|position id|file number|user/employee id|person number|staff id"
        "|Personalnummer|Mitarbeiternummer|Mitarbeiter-ID|Personal-Nr.|Pers.-Nr.|matricule|numéro d'employé"
        "|identifiant|ID employé|número de empleado|ID de empleado|legajo|matrícula|número do funcionário"
        "|ID do funcionário|ID do colaborador|personeelsnummer|medewerkernummer|medewerker-ID|numer pracownika"
        "|identyfikator pracownika|ID pracownika|社員番号|従業員番号|従業員ID|社員ID|员工编号|工号|员工号|员工ID"
        "|табельный номер|номер сотрудника|userPrincipalName|user principal name"
    ),
    "other_id": _keys(
        "employee id|employee number|employee #|worker id|user id|username|user name|object id|objectid"
        "|userPrincipalName|user principal name|login|person id external|network id"
    ),
    "manager": _keys(
        "reports to id|manager id|manager employee id|supervisor id|supervisor employee id|manager's employee id"
        "|manager worker id|line manager id|boss id|leader id|manager number|manager employee number"
        "|reports to employee id|reports to associate id|manager user sys id|supervisor employee number"
        "|manager personnel number|reporting manager id|Vorgesetzten-ID|Vorgesetzter ID|Personalnummer Vorgesetzter"
        "|Führungskraft ID|matricule du manager|matricule du responsable|ID del gerente|ID del supervisor"
        "|ID do gestor|manager-ID|ID przełożonego|上司ID|上司の社員番号|上司社員番号|经理ID|上级工号|经理工号"
        "|上级员工编号"
    ),
    "manager_any": _keys(
        "reports to|reporting to|manager|supervisor|line manager|reporting manager|leader|direct manager|manager upn"
        "|worker's manager|direct supervisor|immediate supervisor|reports to supervisor"
        "|Vorgesetzter|Vorgesetzte|Vorgesetzte/r|Vorgesetzte(r)|Führungskraft|direkter Vorgesetzter|responsable"
        "|responsable hiérarchique|supérieur hiérarchique|N+1|supervisor directo|jefe|jefe directo|gerente"
        "|gestor|gestor direto|gestor imediato|líder direto|líder imediato|chefe|líder|superior imediato"
        "|leidinggevende|direct leidinggevende|przełożony"
        "|bezpośredni przełożony|kierownik|上司|直属上司|マネージャー|管理者|经理|直属上级|直接上级|主管|汇报对象|上级"
        "|руководитель|непосредственный руководитель"
    ),
    "manager_mail": _keys(
        "manager email|manager mail|manager e-mail|manager's email|manager work email|supervisor email"
        "|supervisor's email|reports to email|reporting manager email|line manager email|manager email address"
        "|E-Mail Vorgesetzter|E-Mail Führungskraft|Vorgesetzter E-Mail|Führungskraft E-Mail|e-mail du manager"
        "|e-mail du responsable|correo del gerente|correo del supervisor|correo del jefe|e-mail do gestor"
        "|e-mail leidinggevende|e-mail przełożonego|adres e-mail przełożonego|上司のメールアドレス|上司メール"
        "|经理邮箱|上级邮箱|主管邮箱"
    ),
    "manager_name": _keys(
        "manager name|manager full name|supervisor name|reports to name|manager (name)|manager display name"
        "|reporting manager name|line manager name|manager legal name|Name Vorgesetzter|Name der Führungskraft"
        "|nom du manager|nom du responsable|nombre del gerente|nombre del supervisor|nombre del jefe|nome do gestor"
        "|naam leidinggevende|nazwisko przełożonego|imię i nazwisko przełożonego|上司氏名|上司名|经理姓名|上级姓名"
    ),
    "second_manager": _keys(
        "dotted line manager|matrix manager|second manager|secondary manager|functional manager|manager 2"
        "|matrix|dotted-line manager|dotted line|matrix manager id|matrix manager email|additional manager"
        "|second level manager"
        "|fachlicher Vorgesetzter|fachliche Führungskraft|responsable fonctionnel|manager fonctionnel"
        "|jefe funcional|gestor funcional|functioneel leidinggevende|przełożony funkcjonalny"
    ),
    "deputy": _keys("deputy|delegate|substitute|Stellvertreter|Stellvertretung|Vertretung|suppléant|plaatsvervanger"),
    "team": _keys(
        "team id|team|department|dept|org unit|organizational unit|organisational unit|unit|supervisory organization"
        "|supervisory organisation|home department|home department description|org level 1|department name"
        "|department description|org unit path|cost center"
        "|team name|organization|division|Abteilung|Organisationseinheit|Bereich|département|service|équipe|direction"
        "|departamento|equipo|área|equipe|setor|afdeling|dział|zespół|jednostka organizacyjna|部署|部門|所属|部门|团队"
        "|отдел|подразделение"
    ),
    "name": _keys(
        "name|full name|display name|employee name|person name|legal name|worker|preferred name|associate name"
        "|payroll name|worker name|Vollständiger Name|nom complet|nombre completo|nombre y apellidos|nome completo"
        "|volledige naam|naam|imię i nazwisko|氏名|名前|社員名|姓名|名字|员工姓名|ФИО"
    ),
    "first_name": _keys(
        "first name|given name|legal first name|preferred first name|Vorname|prénom|nombre|primer nombre|nome"
        "|primeiro nome|voornaam|imię|名|имя"
    ),
    "last_name": _keys(
        "last name|surname|family name|legal last name|Nachname|Familienname|nom|nom de famille|apellido|apellidos"
        "|sobrenome|apelido|achternaam|nazwisko|姓|фамилия"
    ),
    "mail": _keys(
        "email|mail|e-mail address|mail address|work email|work mail|mails|emails|email - primary work|primary email"
        "|primary work email|company email|business email|email (work)|work contact: work email|work e-mail"
        "|email work|E-Mail-Adresse|E-Mail geschäftlich|adresse e-mail|adresse électronique|courriel"
        "|e-mail professionnel|correo electrónico|correo|correo corporativo|e-mail corporativo"
        "|endereço de e-mail|e-mailadres"
        "|zakelijk e-mailadres|adres e-mail|e-mail służbowy|メールアドレス|メール|会社メール|电子邮件|邮箱"
        "|工作邮箱|电子邮箱|почта|эл. почта"
        "|электронная почта|userPrincipalName|user principal name"
    ),
    "chat": _keys("chat|chat id|slack id|slack|slack user id|teams id|chat ids|slack member id"),
    "ticket": _keys(
        "ticket|tracker|tracker id|tracker account|jira id|jira|jira account id|account id|jira username"
    ),
    "active": _keys(
        "active|is active|enabled|account enabled|employment status|worker status|employee status|status"
        "|position status|employee status code|assignment status|work status|lifecycle status|user status|aktiv"
        "|Beschäftigungsstatus"
        "|Anstellungsstatus|Mitarbeiterstatus|statut|actif|statut de l'employé|estado|activo|estado del empleado"
        "|situação|ativo|actief|dienstverband status|stan|aktywny|status pracownika|在籍状況|在職状況|在籍区分|状态"
        "|在职状态|员工状态|статус"
    ),
    "leave": _keys("on leave|leave status|leave of absence|abwesend|Elternzeit"),
    "leave_from": _keys(
        "leave start date|leave start|first day of leave|leave begins|leave from|absence start|absence start date"
        "|leave of absence start date|abwesend von|abwesend ab|Beginn der Abwesenheit|début d'absence"
        "|début de l'absence|inicio de ausencia|início da ausência|begin verlof|początek nieobecności|休職開始日"
        "|休假开始日期|начало отпуска"
    ),
    "leave_to": _keys(
        "leave end date|leave end|last day of leave|leave ends|leave until|absence end|absence end date"
        "|leave of absence end date|estimated last day of leave|abwesend bis|Ende der Abwesenheit|fin d'absence"
        "|fin de l'absence|fin de ausencia|fim da ausência|einde verlof|koniec nieobecności|休職終了日|休假结束日期"
        "|конец отпуска"
    ),
    "leave_back": _keys(
        "return date|return to work date|expected return date|estimated return date|first day back|Rückkehr"
        "|Rückkehrdatum|date de retour|fecha de regreso|data de retorno|datum terugkeer|data powrotu|復職日|复职日期"
    ),
    "time_zone": _keys(
        "time zone|timezone|tz|work time zone|Zeitzone|fuseau horaire|zona horaria|huso horario|fuso horário|tijdzone"
        "|strefa czasowa|タイムゾーン|时区|часовой пояс"
    ),
    "working_days": _keys(
        "working days|work days|workdays|days worked|days of work|Arbeitstage|jours travaillés|jours de travail"
        "|días laborables|días de trabajo|dias de trabalho|dias úteis|werkdagen|dni robocze|dni pracy|勤務日|工作日"
        "|рабочие дни"
    ),
    "working_hours": _keys(
        "working hours|work hours|working time|hours of work|core hours|Arbeitszeit|Arbeitszeiten|horaires"
        "|horaires de travail|horario|horario laboral|horário de trabalho|werktijden|godziny pracy|勤務時間|工作时间"
        "|рабочее время"
    ),
    "holidays": _keys(
        "holiday calendar|public holidays|holiday region|holidays|Feiertagskalender|Feiertage|jours fériés"
        "|calendario de festivos|feriados|feestdagen|święta|祝日カレンダー|节假日日历|праздники"
    ),
    "starts": _keys(
        "hire date|start date|date of hire|original hire date|most recent hire date|rehire date|date hired"
        "|employment start date|join date|joining date|last hire date|Eintrittsdatum|Einstellungsdatum|Eintritt"
        "|date d'entrée|date d'embauche|fecha de contratación|fecha de ingreso|fecha de alta|data de admissão"
        "|data de contratação|datum in dienst|indiensttreding|data zatrudnienia|入社日|入职日期|入职时间|дата приема"
    ),
    "ends": _keys(
        "termination date|end date|leave date|last day of work|last day|date of termination|employment end date"
        "|separation date|last working day|contract end date|Austrittsdatum|Austritt|letzter Arbeitstag"
        "|Austritt zum|Austritt am|Kündigung zum|Vertragsende|Beschäftigungsende"
        "|date de sortie|date de départ|fecha de baja|fecha de terminación|fecha de salida|data de demissão"
        "|data de desligamento|datum uit dienst|uitdiensttreding|data zwolnienia|退職日|退社日|离职日期|离职时间"
        "|дата увольнения"
    ),
    "valid_from": _keys(
        "valid from|effective from|effective date|effective start date|start of validity|gültig ab|gültig von"
        "|valable à partir du|válido desde|vigente desde|válido a partir de|geldig vanaf|ważne od|有効開始日|生效日期"
    ),
    "valid_to": _keys(
        "valid to|effective to|effective until|effective end date|valid until|gültig bis|valable jusqu'au"
        "|válido hasta|vigente hasta|válido até|geldig tot|ważne do|有効終了日|失效日期"
    ),
}  # fmt: skip
"""Fields of a person by their headers. `other_id` is a second id that managers may be named by."""

_MAIL_WORDS: Final = ("email", "mailaddress", "courriel", "correo", "メール", "邮箱", "邮件", "почта")
# A private address is nobody's at work, and that of a manager is somebody else's.
_NOT_OWN: Final = (
    "personal", "private", "privat", "home", "secondary", "recovery", "alternate", "manager", "supervisor", "reports",
    "vorgesetzt", "fuhrung", "responsable", "jefe", "gestor", "leidinggevende", "przełoz", "przeloz", "上司", "经理",
    "上级", "主管", "hrbp", "emergency", "руководител",
)  # fmt: skip


def is_own_mail(key: str) -> bool:
    """Whether a header that is no alias is that of a work mail address, such as `Email - Work (Primary)`."""
    return any(word in key for word in _MAIL_WORDS) and not any(word in key for word in _NOT_OWN)
