"""Names of months, halves of the day and time zones, as exports write them in many languages."""

import unicodedata
from datetime import timedelta, timezone, tzinfo
from typing import Final

# January to December by language: each name with its forms and abbreviations, without marks.
_MONTHS: Final = (
    (
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept"
        "|october oct|november nov|december dec"
    ),
    ("januar janner|februar|marz mrz maerz|april|mai|juni|juli|august|september|oktober okt|november|dezember dez"),
    ("janvier janv|fevrier fevr fev|mars|avril avr|mai|juin|juillet juil|aout|septembre|octobre|novembre|decembre"),
    (
        "enero ene|febrero|marzo|abril abr|mayo|junio|julio|agosto ago|septiembre setiembre set|octubre"
        "|noviembre|diciembre dic"
    ),
    "janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro out|novembro|dezembro",
    (
        "styczen stycznia sty|luty lutego lut|marzec marca|kwiecien kwietnia kwi|maj maja"
        "|czerwiec czerwca cze|lipiec lipca lip|sierpien sierpnia sie|wrzesien wrzesnia wrz"
        "|pazdziernik pazdziernika paz|listopad listopada lis|grudzien grudnia gru"
    ),
    "januari|februari|maart mrt|april|mei|juni|juli|augustus|september|oktober|november|december",
    (
        "gennaio gen|febbraio|marzo|aprile|maggio mag|giugno giu|luglio lug|agosto|settembre sett|ottobre ott"
        "|novembre|dicembre"
    ),
    (
        "январь января янв|февраль февраля фев|март марта мар|апрель апреля апр|май мая|июнь июня июн"
        "|июль июля июл|август августа авг|сентябрь сентября сен|октябрь октября окт|ноябрь ноября ноя"
        "|декабрь декабря дек"
    ),
)
_AM: Final = frozenset({"am", "vorm", "上午", "午前", "오전"})
_PM: Final = frozenset({"pm", "nachm", "下午", "午後", "오후"})
# Only what means one zone wherever it is written. EST and its like are those of RFC 5322.
_ZONE_HOURS: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9,
    "akdt": -8, "hst": -10, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12,
    "nzdt": 13,
}  # fmt: skip
AMBIGUOUS_ZONES: Final = frozenset({"cst", "ist", "bst", "ast", "gst", "sst", "amt", "ect"})
"""Abbreviations that mean different zones in different countries."""


def bare(word: str) -> str:
    """A word in lower case, without marks and dots."""
    if word.isascii():
        return word.lower().replace(".", "")
    parts = unicodedata.normalize("NFD", word.casefold().replace(".", ""))
    return unicodedata.normalize("NFC", "".join(each for each in parts if not "\u0300" <= each <= "\u0305"))


def _months() -> dict[str, int]:
    return {
        bare(name): number
        for language in _MONTHS
        for number, names in enumerate(language.split("|"), start=1)
        for name in names.split()
    }


_MONTH_OF: Final = _months()


def month_of(word: str) -> int | None:
    """The month that a word names, from 1; None for any other word."""
    return _MONTH_OF.get(bare(word))


def half_of_day(word: str) -> int | None:
    """Hours to add to an hour of the clock's half: 0 before noon, 12 after; None for any other word."""
    found = bare(word).replace(" ", "")
    return 0 if found in _AM else 12 if found in _PM else None


def zone_of(word: str) -> tzinfo | None:
    """The zone of an abbreviation; None for any other word, and where it means several."""
    hours = _ZONE_HOURS.get(word.lower())
    return None if hours is None else timezone(timedelta(hours=hours))
