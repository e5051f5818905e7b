"""Headers of HR systems and directories in many languages, and tables with lines above their header."""

import pytest

from shared.schemas.directory import PersonRecorded
from shared.sources.headers import header_key
from shared.sources.reader import Options
from tests.cases.inputs import accounts_of, lines_of, noticed, people
from tests.unit.sources.reading import read

HEADERS = {
    "Workday": "Employee ID|Legal Name|Email - Primary Work|Manager ID|Supervisory Organization",
    "BambooHR": "Employee #|Name|Work Email|Reporting to|Department",
    "Personio": "ID|Vollständiger Name|E-Mail|Vorgesetzter|Abteilung",
    "SAP SuccessFactors": "User/Employee ID|Display Name|Email Address|Manager User Sys ID|Division",
    "HiBob": "Employee ID|Display name|Email|Reports to|Team",
    "ADP": "Associate ID|Payroll Name|Work Contact: Work Email|Reports To Associate ID|Home Department",
    "Rippling": "Employee number|Full name|Work email|Manager|Department",
    "UKG": "Employee Number|Employee Name|Email Address|Supervisor Employee Number|Org Unit",
    "Google": "Employee ID|Name|Email Address [Required]|Manager Email|Department",
    "Entra": "userPrincipalName|displayName|mail|manager|department",
    "German": "Personalnummer|Name|E-Mail-Adresse|Führungskraft|Abteilung",
    "French": "Matricule|Nom complet|Adresse e-mail|Responsable hiérarchique|Département",
    "Spanish": "Número de empleado|Nombre completo|Correo electrónico|Jefe directo|Departamento",
    "Portuguese": "Matrícula|Nome completo|Endereço de e-mail|Gestor direto|Setor",
    "Dutch": "Personeelsnummer|Volledige naam|E-mailadres|Leidinggevende|Afdeling",
    "Polish": "Numer pracownika|Imię i nazwisko|Adres e-mail|Bezpośredni przełożony|Dział",
    "Japanese": "社員番号|氏名|メールアドレス|上司|部署",
    "Chinese": "工号|姓名|邮箱|直属上级|部门",
    "Russian": "Табельный номер|ФИО|Почта|Руководитель|Отдел",
}


@pytest.mark.parametrize("vendor", HEADERS)
def test_headers_of_vendors_and_languages_are_found(vendor: str) -> None:
    header = ";".join(HEADERS[vendor].split("|"))
    manager = "ida@x.test" if vendor in {"Google", "Entra"} else "7"
    found = people(f"{header}\n7;Ida Holm;ida@x.test;;Ost\n8;Ole Lie;ole@x.test;{manager};Ost\n")
    assert lines_of(found) == {"7": None, "8": "7"}
    assert accounts_of(found) == {"mail:ida@x.test": "7", "mail:ole@x.test": "8"}
    recorded = [event.data for event in found.events if isinstance(event, PersonRecorded)]
    assert [(each.name, each.team) for each in recorded] == [("Ida Holm", "Ost"), ("Ole Lie", "Ost")]
    assert not list(noticed(found))


def test_no_two_scripts_become_the_same_key() -> None:
    keys = [
        header_key(each) for each in ("Почта", "ФИО", "氏名", "部署", "이름", "الاسم", "नाम", "שם", "Όνομα", "部門")
    ]
    assert len({*keys}) == len(keys)
    assert all(keys)
    assert header_key("Prénom") == header_key("PRENOM") == "prenom"
    assert header_key("ハ") != header_key("バ")


def test_a_column_of_any_script_can_be_named() -> None:
    options = Options(columns={"person": "번호", "mail": "메일", "manager": "팀장"})
    found = read("people-csv", "번호,이름,메일,팀장\n1,Ana,ana@x.test,\n2,Bo,bo@x.test,1\n", options)
    assert lines_of(found) == {"1": None, "2": "1"}
    assert accounts_of(found) == {"mail:ana@x.test": "1", "mail:bo@x.test": "2"}


def test_a_column_of_signs_alone_can_be_named() -> None:
    found = read("people-csv", "#,№,@\n1,x,ana@x.test\n", Options(columns={"person": "#", "mail": "@"}))
    assert accounts_of(found) == {"mail:ana@x.test": "1"}


def test_a_name_that_fits_several_columns_is_refused() -> None:
    found = read("people-csv", "id,Boss,boss\n1,2,3\n", Options(columns={"manager": "BOSS"}))
    assert found.rejected == [(1, "the column given for manager could be any of 2")]


@pytest.mark.parametrize("above", ["sep=;\n", '"sep=;"\r\n', "Workers of Acme\n\nAs of;2024-01-01\n", "\n\n"])
def test_lines_above_the_header_are_no_rows(above: str) -> None:
    found = people(f"{above}Employee ID;Email;Manager ID\n7;i@x.test;\n8;o@x.test;7\n")
    assert lines_of(found) == {"7": None, "8": "7"}
    assert found.rows == 2


def test_a_mail_column_of_an_unknown_name_is_taken_but_no_private_one() -> None:
    found = people("Employee ID,Email (private),Email - Office (main)\n7,me@home.test,ida@x.test\n")
    assert accounts_of(found) == {"mail:ida@x.test": "7"}


def test_ids_that_are_taken_for_accounts_are_said() -> None:
    said = list(noticed(people("Employee ID,Manager ID\n7,\n")))
    assert said == ["there is no column of mail, chat or tracker accounts: ids were taken for them"]
