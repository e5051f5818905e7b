"""How coarsely and how often a metric is shown. Every metric declares this; `shared.telemetry.exposition` applies it.

A counter that moves with every single act tells anybody who watches it that the act happened, and when: one message to
an ombudsman, one look at a person, one case. So metrics of people's acts show the state of a fixed instant, rounded
down to whole steps. They change once an hour or once a day.
"""

from dataclasses import dataclass
from typing import Final, Literal

from shared.domain.week import DAY, HOUR

_MINUTE: Final = 60
_PERIODS: Final = {_MINUTE: "minute", HOUR: "hour", DAY: "day"}
LEAST_STEP: Final = 20
"""Fewest of anything that people do by which a number moves."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The kind of a metric, and how coarsely it is shown.

    kind: `machinery` is what the program does by itself; `traffic` what everybody does together; `acts` what single
        people do or what follows from it; `groups` what is released of cohorts.
    step: numbers are multiples of it, rounded down; 0 leaves them as they are.
    every_seconds: they change at multiples of it alone; 0 shows them at once.
    zeros: series that come to zero are shown. Where a label names what was done, even a zero would tell that it was.
    """

    kind: Literal["machinery", "traffic", "acts", "groups"]
    step: int = 0
    every_seconds: int = 0
    zeros: bool = True

    @property
    def described(self) -> str:
        """How it is shown, to put behind what a metric is; empty where it is shown as it is."""
        return f" Shown every {_PERIODS[self.every_seconds]}, in steps of {self.step}." if self.every_seconds else ""

    @property
    def operational(self) -> bool:
        """Whether operators may see it without the token of the scrape, on the machine itself."""
        return self.kind in ("machinery", "traffic")


MACHINERY: Final = Disclosure("machinery")
GROUPS: Final = Disclosure("groups")
# Operators must see within minutes that records are not taken any more.
TRAFFIC: Final = Disclosure("traffic", step=LEAST_STEP, every_seconds=_MINUTE)
TRAFFIC_HOURS: Final = Disclosure("traffic", step=HOUR, every_seconds=_MINUTE)
"""Instants of traffic, in Unix seconds: to the hour."""
TRAFFIC_MINUTES: Final = Disclosure("traffic", step=_MINUTE, every_seconds=_MINUTE)
"""Lengths of time, in seconds: to the minute."""
# A fault of a source or of the API can wait an hour for somebody to look, and not a day.
FAULTS: Final = Disclosure("acts", step=LEAST_STEP, every_seconds=HOUR, zeros=False)
ACTS: Final = Disclosure("acts", step=LEAST_STEP, every_seconds=DAY, zeros=False)
# Five people or more are a group, of which a number may be told; when, is nobody's business.
PEOPLE: Final = Disclosure("acts", step=5, every_seconds=DAY)
# Measured once a day over a hundred events and ten accounts or more: single acts do not move it.
SHARES: Final = Disclosure("acts", step=5, every_seconds=_MINUTE)
# Counted when a week is released and at no other time, over the ten people and more of that release.
ALERTS: Final = Disclosure("acts", step=10, every_seconds=_MINUTE)
ALERT_DAYS: Final = Disclosure("acts", step=DAY, every_seconds=_MINUTE)
# What operators do to everybody at once, which everybody finds in the audit: of one person it tells nothing.
OPEN_ACTS: Final = Disclosure("acts", step=1, every_seconds=DAY)
