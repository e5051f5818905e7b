"""Chains week by week, with what followed. Escalation models learn from them and are measured by them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from services.signals.scoring.compute import chain_has_facts, chain_history, reportable_chain
from shared.domain.escalation.hazard_learning import Sample
from shared.domain.escalation.hazard_model import HazardModel, Target
from shared.domain.escalation.labels import happens_within, label_events
from shared.domain.facts.known_at import chain_known_at
from shared.domain.organisation.hierarchy import Chain, Organisation
from shared.domain.signals.escalation_risk import observe, scene_of
from shared.domain.signals.escalation_terms import Scene
from shared.domain.signals.scoring import score_pair
from shared.domain.week import WEEK_DAYS, week_end
from shared.storage.facts.load import Histories


@dataclass(frozen=True, slots=True)
class ChainWeek:
    """A chain as of the end of a week, as scoring sees it, and the events of its whole history."""

    chain: Chain
    week: int
    as_of: int
    scene: Scene
    events: Mapping[Target, tuple[int, ...]]

    def sample(self, model: HazardModel) -> Sample:
        """The sample of a model: its terms over the following week, and whether the event came in that week.

        Raises KeyError for a model of tickets.
        """
        observed = observe(model, self.scene, horizon_days=WEEK_DAYS)
        happened = happens_within(self.events[cast("Target", model.target)], self.as_of, days=WEEK_DAYS)
        return Sample(tuple(each.x for each in observed), happened)


def chain_weeks(
    histories: Histories, organisation: Organisation, *, people: Iterable[str], weeks: Iterable[int], until: int
) -> Iterator[ChainWeek]:
    """Every chain of these people with a risk reading as of these weeks. Events are known up to an instant."""
    ordered = sorted(weeks)
    for person in sorted(people):
        known: dict[Chain, Mapping[Target, tuple[int, ...]]] = {}
        for week in ordered:
            as_of = week_end(week)
            chain = reportable_chain(histories, organisation, person, as_of)
            if chain is None:
                continue
            history = chain_history(histories, organisation, chain)
            known_then = chain_known_at(history, as_of)
            if not chain_has_facts(known_then):
                continue
            _, measures = score_pair(known_then.with_leader, as_of)
            scene = scene_of(known_then, as_of, measures)
            if scene is None:
                continue
            if chain not in known:
                known[chain] = label_events(history, until)
            yield ChainWeek(chain, week, as_of, scene, known[chain])
