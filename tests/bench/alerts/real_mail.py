"""The alert rule on real mail of a company, beside a rule that goes by habit alone: nothing is planted there."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from services.signals.models.chain_weeks import ChainWeek
from shared.domain.alerts.rule import Candidate
from shared.domain.escalation.labels import happens_within
from shared.domain.week import DAY, week_end
from shared.sources.mail import mail_csv
from shared.sources.people import people_csv
from shared.sources.reader import Options
from tests.bench.alerts.shipped_rule import RULE, Watched, alerts, lowered, watch
from tests.bench.alerts.worlds import CACHE
from tests.bench.evaluation.mail import arithmetic_risk, events_of, read_mail

HORIZON_DAYS = 28
_HALVINGS = 12

_Row = tuple[int, str]  # week and person


class RealMail(msgspec.Struct, frozen=True):
    """What the rule made of the mail. A followed alert is one with an unsolicited onset within 28 days."""

    people: int
    weeks: int
    watched: int  # chains times weeks
    enough: int  # of these, with enough evidence
    raised: int
    followed: int
    known: int  # alerts whose horizon lies within the data
    habit_followed: int
    habit_known: int


def real_mail(data: Path, *, code: str, only_kept: bool) -> RealMail | None:
    """The result that is kept of a state of the code, or a new one; None where neither can be had."""
    path = CACHE / code / "mail.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=RealMail)
    folder = data / "manufacturing_email"
    if only_kept or not folder.is_dir():
        return None
    found = _measured(data, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(found))
    return found


def _measured(data: Path, folder: Path) -> RealMail:
    options = Options(mail_domain="example.org")
    mails = events_of(mail_csv.SOURCE, folder / "communication.csv", options)
    instants = [int(each.time.timestamp()) for each in mails]
    starts_at, ends_at = min(instants), max(instants)
    found = watch(
        [*events_of(people_csv.SOURCE, folder / "reportsto.csv", options), *mails],
        starts_at=starts_at,
        ends_at=ends_at,
    )
    mail = read_mail(data)
    onsets = {(each.week, each.chain.person): each.events["unsolicited_onset"] for each in mail.weeks}
    enough = {(each.week, each.candidate.people[0]) for each in found.watched if each.enough}
    habit = [
        Watched(
            each.week, Candidate((each.chain.person, each.chain.leader, ""), arithmetic_risk(each), 1.0, "", ""), True
        )
        for each in mail.weeks
        if (each.week, each.chain.person) in enough
    ]
    raised = [(each.raised_week, each.people[0]) for each in found.raised if each.raised_week is not None]
    by_habit = _as_many(habit, len(raised))
    followed, known = _followed(raised, onsets, ends_at)
    habit_followed, habit_known = _followed(by_habit, onsets, ends_at)
    weeks = {each.week for each in found.watched}
    return RealMail(
        people=mail.people,
        weeks=len(weeks),
        watched=len(found.watched),
        enough=len(enough),
        raised=len(raised),
        followed=followed,
        known=known,
        habit_followed=habit_followed,
        habit_known=habit_known,
    )


def _by_habit(week: ChainWeek) -> Candidate:
    return Candidate((week.chain.person, week.chain.leader, ""), arithmetic_risk(week), 1.0, "", "")


def _as_many(watched: Sequence[Watched], wanted: int) -> list[_Row]:
    """Alerts of the same rule on other scores, with the floor at which they are at most so many."""
    weeks = sorted({each.week for each in watched})
    low, high = math.log(RULE.floor / 8), math.log(RULE.floor * 16)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if len(alerts(lowered(math.exp(middle)), watched, weeks)) > wanted:
            low = middle
        else:
            high = middle
    found = alerts(lowered(math.exp(high)), watched, weeks)
    return [(each.raised_week, each.people[0]) for each in found if each.raised_week is not None]


def _followed(raised: Sequence[_Row], onsets: Mapping[_Row, tuple[int, ...]], ends_at: int) -> tuple[int, int]:
    known = [row for row in raised if row in onsets and week_end(row[0]) + HORIZON_DAYS * DAY <= ends_at]
    return sum(happens_within(onsets[row], week_end(row[0]), days=HORIZON_DAYS) for row in known), len(known)
