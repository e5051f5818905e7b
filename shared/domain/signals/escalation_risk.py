"""Escalation risk: how likely a person is to go past their leader on their own account, in 14 and in 28 days.

A calibrated additive hazard (see `hazard_model`): each factor of a reading tells what it added to the weekly
log-hazard, and the probability that would remain with that factor at its reference. The default weights are centred
on the literature; a model that learnt from an organisation's own history takes their place by `escalation_signals`.
"""

import math
from collections.abc import Mapping
from typing import Final

from shared.domain.escalation.hazard_model import ALPHA, DEFAULT_MODEL, HazardModel, Weight, probability
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_STRENGTH,
    FLOOR,
    WINDOW_DAYS,
    factor_value,
    logit,
    own_share,
    window_start,
)
from shared.domain.facts.history import ChainHistory
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.signals.escalation_terms import TERMS, Observed, Scene, trust_in_asks
from shared.domain.signals.signal import Bands, ChainSignal, Earlier
from shared.domain.signals.unheard import UNHEARD
from shared.domain.week import WEEK_DAYS

BASE_RATE: Final = "base_rate"
RECALIBRATION: Final = "recalibration"
FIRST_DAYS: Final = 14  # the horizon that alerts go by
_FIRST: Final = f"escalation_risk_{FIRST_DAYS}d"  # measured before the other horizon, by the same model
# What people want to know of the asks beside the terms; these add nothing.
_CONTEXT: Final = ("open_asks", "oldest_open_days")


def scene_of(history: ChainHistory, as_of: int, earlier: Earlier) -> Scene | None:
    """What the terms are measured from; None when nothing is known of the chain but what the person sent."""
    if not (
        history.with_leader.contacts
        or history.with_leader.meetings
        or history.with_leader.steps
        or history.upward_contacts
        or history.upward_meetings
    ):
        return None
    return Scene(
        history=history,
        as_of=as_of,
        unheard=earlier.get(UNHEARD.name) or UNHEARD.compute(history, as_of, earlier),
        bypass=earlier.get(BYPASS_CONTACT.name) or BYPASS_CONTACT.compute(history, as_of, earlier),
        trust=trust_in_asks(history.with_leader.contacts),
    )


def observe(model: HazardModel, scene: Scene, *, horizon_days: int) -> list[Observed]:
    """The model's terms in a scene, in the order of its weights. Raises KeyError for a term that is not there."""
    return [TERMS[each.term].observe(scene, horizon_days) for each in model.weights]


def risk(model: HazardModel, scene: Scene, *, horizon_days: int, known: Measure | None = None) -> Measure:
    """Probability within the horizon, with what each factor adds to the log-hazard and what would be without it.

    `known` is the measure of the same model and scene over another horizon: most terms are the same, and measured once.
    """
    before = {each.name: each for each in known.factors} if known else {}
    terms = [_factor(weight, scene, horizon_days, before) for weight in model.weights]
    base = Factor(BASE_RATE, model.alpha, 0, model.alpha)
    raw = logit([base, *terms])
    moved = model.calibrated(raw) - raw
    recalibration = (Factor(RECALIBRATION, moved, 0, moved),) if model.curve else ()
    weeks = horizon_days / WEEK_DAYS
    explained = [
        Factor(
            each.name,
            each.value,
            each.count,
            each.contribution,
            probability(model.calibrated(raw - each.contribution), weeks=weeks),
        )
        for each in terms
    ]
    return Measure(
        value=probability(raw + moved, weeks=weeks),
        confidence=own_share(scene.asks, ANSWER_STRENGTH),
        factors=(base, *explained, *recalibration, *_context(scene)),
        evidence=known.evidence if known else _evidence(scene),
        action=_action(terms),
    )


def _factor(weight: Weight, scene: Scene, horizon_days: int, before: Mapping[str, Factor]) -> Factor:
    term = TERMS[weight.term]
    same = None if term.by_horizon else before.get(weight.term)
    if same is not None:
        return same
    observed = term.observe(scene, horizon_days)
    return Factor(weight.term, observed.value, observed.count, weight.weight * observed.x)


def _context(scene: Scene) -> tuple[Factor, ...]:
    unheard = scene.unheard
    waiting = factor_value(unheard, "open_asks") + factor_value(unheard, "parked_asks")
    return Factor(_CONTEXT[0], waiting, scene.asks), Factor(_CONTEXT[1], factor_value(unheard, _CONTEXT[1]))


def _evidence(scene: Scene) -> int:
    """Facts of the window about person, leader and skip."""
    pair, history = scene.history.with_leader, scene.history
    start = window_start(scene.as_of)
    return (
        sum(start <= each.at <= scene.as_of for each in pair.contacts)
        + sum(start <= each.start <= scene.as_of for each in pair.meetings)
        + sum(start <= each.at <= scene.as_of for each in pair.steps)
        + sum(start <= each.at <= scene.as_of for each in history.upward_contacts)
        + sum(start <= each.start <= scene.as_of for each in history.upward_meetings)
    )


def _action(terms: list[Factor]) -> str:
    """The action whose factors together add most; nothing to repair when none adds."""
    added: dict[str, float] = {}
    for term in terms:
        action = TERMS[term.name].action
        added[action] = added.get(action, 0.0) + term.contribution
    worst = max(added, key=lambda action: (added[action], action), default="")
    return worst if worst and added[worst] > 0 else "keep_going"


_MEANING: Final = (
    "The estimated probability that within {days} days a person turns to their leader's leader on their own account, "
    "which they did not do lately: among few, without the leader, not invited. Unanswered asks to the leader weigh "
    "most, and what this person did before on their own account. The ordinary chance is about {ordinary}."
)
_CAUTION: Final = (
    "It is a reason to listen, never a finding about the person: a raised chance is still a chance, and most of them "
    "do not come true. Unless a model has learnt from this organisation, the weights come from the literature and "
    "surveys. Do not use it to stop anybody from speaking up."
)


def _signal(model: HazardModel, days: int) -> ChainSignal:
    def compute(history: ChainHistory, as_of: int, earlier: Earlier) -> Measure | None:
        scene = scene_of(history, as_of, earlier)
        if scene is None:
            return None
        return risk(model, scene, horizon_days=days, known=earlier.get(_FIRST) if days != FIRST_DAYS else None)

    ordinary = probability(ALPHA, weeks=days / WEEK_DAYS)
    return ChainSignal(
        name=f"escalation_risk_{days}d",
        title=f"Escalation risk, {days} days",
        unit="probability",
        window_days=WINDOW_DAYS,
        compute=compute,
        # Elevated above twice, high above four times the ordinary probability, whatever the model.
        bands=Bands(names=("low", "elevated", "high"), limits=(2 * ordinary, 4 * ordinary), descending=False),
        floor=FLOOR,
        meaning=_MEANING.format(days=days, ordinary=f"{math.ceil(1000 * ordinary) / 1000:.1%}"),
        caution=_CAUTION,
        formula=(
            "eta = alpha + sum of w (x - reference) per week; P(d days) = 1 - exp(-(d / 7) e^eta). Each factor tells "
            "its w (x - reference) and the probability without it."
        ),
        inputs=(
            "asks and answers of person and leader",
            "contact past the leader",
            "tickets",
            "one-to-ones",
            "what the person sends overall",
        ),
        evidence="An ordinary chain has an unsolicited onset with a chance of 2.4% in 14 days, measured in real mail.",
        source="Complementary log-log hazard of section 5.3 of the method notes, weights as priors, learnt by MAP.",
        action="close_the_loop",
        swing=0.3,
        # The rule is about the first horizon alone.
        alert="EscalationRiskRising" if days == FIRST_DAYS else "",
        model_version=model.version,
    )


def escalation_signals(model: HazardModel) -> tuple[ChainSignal, ChainSignal]:
    """The two signals of a model, for 14 and 28 days. Raises ValueError for another target or an unknown term."""
    if model.target != "unsolicited_onset":
        raise ValueError(f"the product warns of unsolicited onsets; this model is of {model.target}")
    unknown = sorted({each.term for each in model.weights} - TERMS.keys())
    if unknown:
        raise ValueError(f"model {model.version} weighs what is not measured: {', '.join(unknown)}")
    return _signal(model, FIRST_DAYS), _signal(model, 28)


ESCALATION_RISK_14D, ESCALATION_RISK_28D = escalation_signals(DEFAULT_MODEL)
