"""The kinds of companies that alerts are judged by, and which of them are kept out of tuning."""

from dataclasses import dataclass
from typing import Final, Literal

from services.simulator.kinds import healthy, troubled
from services.simulator.kinds.draft import Strength
from services.simulator.kinds.healthy import Shape

Health = Literal["healthy", "incident", "troubled"]

# Six seeds a kind. The second three, and four whole kinds, are for nobody who sets a number in a rule to look at before
# it is set: they were chosen with the generators, before any rule was measured.
TUNING_SEEDS: Final = (1, 2, 3)
HELD_OUT_SEEDS: Final = (4, 5, 6)
SEEDS: Final = TUNING_SEEDS + HELD_OUT_SEEDS
HELD_OUT_KINDS: Final = frozenset({"time_zones", "interns", "ticket_war", "bad_quarter"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of company. An incident is healthy too, and judged apart; `strength` is that of a troubled kind."""

    name: str
    health: Health
    shape: Shape
    strength: Strength | None = None
    sparse: bool = False  # two fifths of the asks, one-to-ones every two weeks
    machines: bool = False  # write to people and comment on tickets

    @property
    def description(self) -> str:
        """What goes on there."""
        shape = getattr(self.shape, "func", self.shape)
        told = (shape.__doc__ or "").strip()
        return f"{told} Sparse: fewer asks, one-to-ones every two weeks." if self.sparse else told

    @property
    def held_out(self) -> bool:
        """Whether the whole kind is kept out of tuning."""
        return self.name in HELD_OUT_KINDS


KINDS: Final = (
    Kind("plain", "healthy", healthy.plain),
    Kind("plain_sparse", "healthy", healthy.plain, sparse=True),
    Kind("leader_loved", "healthy", healthy.leader_loved),
    Kind("other_norms", "healthy", healthy.other_norms),
    Kind("on_leave", "healthy", healthy.on_leave),
    Kind("reorganisation", "healthy", healthy.reorganisation),
    Kind("heavy_load", "healthy", healthy.heavy_load),
    Kind("two_bosses", "healthy", healthy.two_bosses),
    Kind("founder", "healthy", healthy.founder),
    Kind("parental_leave", "healthy", healthy.parental_leave),
    Kind("bots", "healthy", healthy.bots, machines=True),
    Kind("night_shift", "healthy", healthy.night_shift),
    Kind("time_zones", "healthy", healthy.time_zones),
    Kind("merger", "healthy", healthy.merger),
    Kind("seasonal_peak", "healthy", healthy.seasonal_peak),
    Kind("new_leader", "healthy", healthy.new_leader),
    Kind("works_council", "healthy", healthy.works_council),
    Kind("skip_lunches", "healthy", healthy.skip_lunches),
    Kind("mail_heavy", "healthy", healthy.mail_heavy),
    Kind("chat_heavy", "healthy", healthy.chat_heavy),
    Kind("part_timers", "healthy", healthy.part_timers),
    Kind("interns", "healthy", healthy.interns),
    Kind("incident", "incident", healthy.incident),
    Kind("unheard_strong", "troubled", troubled.unheard_strong, "strong"),
    Kind("unheard_medium", "troubled", troubled.unheard_medium, "medium"),
    Kind("unheard_weak", "troubled", troubled.unheard_weak, "weak"),
    Kind("unheard_slowly", "troubled", troubled.unheard_slowly, "drift"),
    Kind("unheard_sparse", "troubled", troubled.unheard_strong, "strong", sparse=True),
    Kind("one_on_ones_fading", "troubled", troubled.fading, "strong"),
    Kind("giving_up", "troubled", troubled.giving_up, "strong"),
    Kind("faction_split", "troubled", troubled.faction_split, "strong"),
    Kind("ticket_war", "troubled", troubled.ticket_war, "medium"),
    Kind("bad_to_one", "troubled", troubled.bad_to_one, "strong"),
    Kind("bad_to_all", "troubled", troubled.bad_to_all_strong, "strong"),
    Kind("bad_to_all_medium", "troubled", troubled.bad_to_all_medium, "medium"),
    Kind("bad_quarter", "troubled", troubled.bad_quarter, "strong"),
)
KIND_BY_NAME: Final = {kind.name: kind for kind in KINDS}
