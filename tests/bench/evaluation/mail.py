"""Escalation risk on the mail of a manufacturing company, week by week: the product beside plain baselines.

Rolling origin: as of the end of each week every model may use what was known then, and is trained on weeks whose
outcome was known then. Everything goes through the product's own sources, handlers, applier, loader and terms.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from services.signals.models.chain_weeks import ChainWeek, chain_weeks
from shared.domain.escalation.calibration import Outcome, recalibrated
from shared.domain.escalation.hazard_learning import learnt
from shared.domain.escalation.hazard_model import DEFAULT_MODELS, HazardModel, Target
from shared.domain.escalation.labels import happens_within
from shared.domain.evidence.weighing import HALF_LIFE_DAYS
from shared.domain.facts.history import Contact
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.signals.escalation_risk import risk
from shared.domain.week import DAY, last_closed_week, week_end, week_of
from shared.schemas.registry import CanonicalEvent
from shared.sources.mail import mail_csv
from shared.sources.people import people_csv
from shared.sources.reader import Accepted, Options
from shared.sources.source import Source
from tests.bench.evaluation.classifiers import boosted_trees, logistic_regression
from tests.bench.evaluation.measures import Floats, Scored
from tests.bench.evaluation.plain_measures import days_until
from tests.bench.evaluation.stores import Loaded, load

HORIZON_DAYS = 14
# Ten weeks are learnt from before the first is predicted; the rest is tested.
FIRST_TEST_WEEK = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """The corpus as chain weeks, and when it ends."""

    weeks: tuple[ChainWeek, ...]  # those whose horizon lies within the data
    first_week: int
    ends_at: int
    messages: int
    people: int

    @property
    def test(self) -> list[ChainWeek]:
        """The weeks that are predicted."""
        return [each for each in self.weeks if each.week >= self.first_week + FIRST_TEST_WEEK]


def events_of(source: Source, path: Path, options: Options) -> list[CanonicalEvent]:
    with path.open("rb") as file:
        return [item.event for item in source.read(file, options) if isinstance(item, Accepted)]


def read_mail(data: Path, *, until: int | None = None) -> Mail:
    """The corpus, or what there was of it up to an instant. Takes seconds, and a hundred megabytes."""
    folder = data / "manufacturing_email"
    options = Options(mail_domain="example.org")
    mails = [
        each
        for each in events_of(mail_csv.SOURCE, folder / "communication.csv", options)
        if until is None or each.time.timestamp() <= until
    ]
    loaded = load([*events_of(people_csv.SOURCE, folder / "reportsto.csv", options), *mails])
    instants = [int(each.time.timestamp()) for each in mails]
    return mail_of(
        loaded, starts_at=min(instants), ends_at=until or max(instants), messages=len(mails), settled=until is None
    )


def mail_of(loaded: Loaded, *, starts_at: int, ends_at: int, messages: int, settled: bool = True) -> Mail:
    """Chain weeks of a company; `settled` leaves out those whose horizon reaches beyond the data."""
    first = week_of(starts_at)
    ahead = HORIZON_DAYS * DAY if settled else 0
    weeks = [week for week in range(first, last_closed_week(ends_at) + 1) if week_end(week) + ahead <= ends_at]
    found = chain_weeks(
        loaded.histories, loaded.organisation, people=loaded.organisation.people, weeks=weeks, until=ends_at
    )
    ordered = sorted(found, key=lambda each: (each.week, each.chain.person))
    return Mail(tuple(ordered), first, ends_at, messages, len(loaded.organisation.people))


# --- models: each gives a score to every week that is tested, from what was known at its end

Model = Callable[[Mail, Target], Floats]


def scored(mail: Mail, target: Target, scores: Floats) -> Scored:
    """A ranking of the test weeks with what came true."""
    test = mail.test
    people = {person: number for number, person in enumerate(sorted({each.chain.person for each in test}))}
    until = [days_until(each.events[target], each.as_of) for each in test]
    return Scored(
        score=scores,
        happened=np.array([_happened(each, target) for each in test]),
        cluster=np.array([people[each.chain.person] for each in test]),
        week=np.array([each.week for each in test]),
        days_until=np.array([np.inf if days is None else days for days in until]),
    )


def product(mail: Mail, target: Target) -> Floats:
    """The default weights: nothing is learnt."""
    model = DEFAULT_MODELS[target]
    return np.array([_risk(model, each) for each in mail.test])


def learnt_product(mail: Mail, target: Target) -> Floats:
    """The weights moved by the weeks before (MAP towards the defaults), and recalibrated on them."""

    default = DEFAULT_MODELS[target]
    sample_of = {id(each): each.sample(default) for each in mail.weeks}

    def fit(week: int) -> HazardModel:
        samples = [sample_of[id(each)] for each in mail.weeks if each.week < week]
        model = learnt(default, samples, version=f"w{week}", weeks=week - mail.first_week)
        outcomes = [Outcome(_eta(model, sample.x), sample.happened) for sample in samples]
        return recalibrated(model, outcomes, weeks=1)

    scores: list[float] = []
    for week, now in _by_week(mail.test):
        model = fit(week)
        scores += [_risk(model, each) for each in now]
    return np.array(scores)


def arithmetic(mail: Mail, target: Target) -> Floats:
    """The default model without the literature: the chain's own rate, and for onsets the room that is left."""
    model = _bare(target)
    return np.array([_risk(model, each) for each in mail.test])


def arithmetic_risk(week: ChainWeek) -> float:
    """The same of one week, for onsets."""
    return _risk(_bare("unsolicited_onset"), week)


@lru_cache
def _bare(target: Target) -> HazardModel:
    model = DEFAULT_MODELS[target]
    own = {"unsolicited_rate", "already_in_touch", "unsolicited_recently", "skip_contact_rate", "skip_contact_recently"}
    return HazardModel(
        version="arithmetic",
        target=target,
        alpha=model.alpha,
        weights=tuple(each for each in model.weights if each.term in own),
    )


def persistence(mail: Mail, target: Target) -> Floats:
    """Whether the person wrote to the leader's leader in the two weeks before."""
    return np.array([float(bool(_since(_written_up(each), each.as_of, HORIZON_DAYS))) for each in mail.test])


def frequency(mail: Mail, target: Target) -> Floats:
    """How often they did, decayed with a half-life of 30 days."""
    return np.array([_decayed(_written_up(each), each.as_of) for each in mail.test])


def logistic(mail: Mail, target: Target) -> Floats:
    """Logistic regression on the logarithms of counts, trained on the weeks before."""
    return _trained(mail, target, logistic_regression)


def boosting(mail: Mail, target: Target) -> Floats:
    """Gradient boosted trees on the same counts."""
    return _trained(mail, target, lambda: boosted_trees(min_samples_leaf=20))


MODELS: dict[str, Model] = {
    "persistence": persistence,
    "frequency": frequency,
    "logistic regression on counts": logistic,
    "gradient boosting on counts": boosting,
    "own rate and room only": arithmetic,
    "product, default weights": product,
    "product, learnt": learnt_product,
}
BASELINES = ("persistence", "frequency", "logistic regression on counts", "gradient boosting on counts")


def _risk(model: HazardModel, week: ChainWeek) -> float:
    return risk(model, week.scene, horizon_days=HORIZON_DAYS).value


def _eta(model: HazardModel, x: Sequence[float]) -> float:
    return model.alpha + sum(weight.weight * each for weight, each in zip(model.weights, x, strict=True))


def _happened(week: ChainWeek, target: Target) -> bool:
    return happens_within(week.events[target], week.as_of, days=HORIZON_DAYS)


def _by_week(weeks: Iterable[ChainWeek]) -> list[tuple[int, list[ChainWeek]]]:
    found: dict[int, list[ChainWeek]] = defaultdict(list)
    for each in weeks:
        found[each.week].append(each)
    return sorted(found.items())


def _trained(mail: Mail, target: Target, make: Callable[[], object]) -> Floats:
    x = {id(each): _counts(each) for each in mail.weeks}
    scores: list[float] = []
    for week, now in _by_week(mail.test):
        known = [each for each in mail.weeks if each.as_of + HORIZON_DAYS * DAY <= week_end(week)]
        outcomes = [_happened(each, target) for each in known]
        if len(set(outcomes)) < 2:  # nothing to tell apart yet
            scores += [0.0] * len(now)
            continue
        model = make()
        model.fit([x[id(each)] for each in known], outcomes)  # type: ignore[attr-defined]
        scores += list(model.predict_proba([x[id(each)] for each in now])[:, 1])  # type: ignore[attr-defined]
    return np.array(scores)


def _counts(week: ChainWeek) -> list[float]:
    """Logarithms of decayed and of recent counts, by direction."""
    history = week.scene.history
    with_leader = history.with_leader.contacts
    directions: list[list[int]] = [
        _by(with_leader, history.person),
        _by(with_leader, history.leader),
        _written_up(week),
        _by(history.upward_contacts, history.skip),
    ]
    contacts = skip_contacts(history, week.as_of)
    directions.append([each.at for each in contacts if each.kind == "bypass"])
    directions.append([each.at for each in contacts if each.unsolicited])
    today = week.as_of // DAY
    sent = sum(count for day, count in history.sent_by_day.items() if today - 28 < day <= today)
    counts = [_decayed(each, week.as_of) for each in directions]
    counts += [len(_since(each, week.as_of, HORIZON_DAYS)) for each in directions]
    return [float(np.log1p(each)) for each in (*counts, sent)]


def _written_up(week: ChainWeek) -> list[int]:
    return _by(week.scene.history.upward_contacts, week.chain.person)


def _by(contacts: Iterable[Contact], sender: str) -> list[int]:
    return [each.at for each in contacts if each.sender == sender]


def _since(instants: Iterable[int], as_of: int, days: int) -> list[int]:
    return [at for at in instants if at > as_of - days * DAY]


def _decayed(instants: Iterable[int], as_of: int) -> float:
    return float(sum(0.5 ** ((as_of - at) / DAY / HALF_LIFE_DAYS) for at in instants))
