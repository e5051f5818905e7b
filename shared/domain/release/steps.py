"""What single people count as where a figure is about few: wide steps that hold, and only once they are known for long.

Whoever knows the values of all others in a group knows the last one's from the mean. Noise does not help: it averages
out over weeks, and so does rounding where values move about an edge. So in a group of fewer than twenty everybody
counts as the middle of a step, at least two and a half times as wide as people differ from each other, and stays there
until their own value is a whole step away. There are three: the ordinary one, and one on each side. Then all that ever
follows of somebody is their step, whatever the others do and however many weeks are put together: they are known no
better than to half of what people differ by, which `tests/release` holds against attackers of 26 weeks.

Nobody counts before they had evidence of their own in eight weeks: whoever makes accounts up has to keep them busy. A
week counts by what was there when it was first released. What comes later corrects figures and makes no week count, or
made-up accounts could bring eight past weeks at once; so a topic that lags behind the others by more than the day that
a release waits can cost somebody a week.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import ceil, fsum
from statistics import pstdev
from typing import Final

from shared.domain.release.contribution import Contribution
from shared.domain.signals.signal import Bands

EVIDENCE_WEEKS: Final = 8
FEWEST_EXACT: Final = 20
"""Figures about fewer people are made of steps."""
# Of how much people differ by: a step is never narrower than the first, and is made as wide as the second.
_LEAST_SPREADS: Final = 2.5
_SPREADS: Final = 3.0
# What follows from values must not say what they are: the width and the centre go in parts of the middle band.
_PARTS_OF_BAND: Final = 4
# Of few people nothing may follow at all. From an ordinary value half of so many middle bands is about where the worst
# band begins, so those who stand aside are those in it. The same holds for measures that grow with what is wrong: most
# people are near nothing, and steps that fit those would cut off the few who are not.
_BANDS_OF_FEW: Final = 3.0
# Whoever is further off counts no more than that, or one person alone would make a figure.
_MOST_PLACE: Final = 1


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a signal: how wide they are, and where everybody stands. `width` is 0 while nobody counts yet.

    `weeks` are those with evidence of a person's own, counted up to `EVIDENCE_WEEKS`. A place is a number of steps from
    the centre.
    """

    width: float = 0.0
    centre: float = 0.0
    weeks: Mapping[int, int] = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)

    @property
    def people(self) -> frozenset[int]:
        """Everybody of whom anything is known."""
        return frozenset((*self.weeks, *self.places))

    @property
    def known(self) -> frozenset[int]:
        """People who had evidence of their own for long enough to count."""
        return frozenset(person for person, weeks in self.weeks.items() if weeks >= EVIDENCE_WEEKS)

    def value(self, person: int, own: float) -> float:
        """What a person counts as, who has a value of their own."""
        place = self.places.get(person)
        return self.centre + self.width * (self.nearest(own) if place is None else place)

    def nearest(self, value: float) -> int:
        """The place next to a value."""
        return max(min(round((value - self.centre) / self.width), _MOST_PLACE), -_MOST_PLACE)

    def place(self, person: int, own: float) -> int:
        """Where a person stands who has a value of their own now: where they stood, unless that is a step away."""
        before = self.places.get(person)
        if before is None or abs(own - self.centre - self.width * before) > self.width:
            return self.nearest(own)
        return before

    def after_a_week(
        self,
        current: Mapping[int, Contribution],
        carried: Mapping[int, Contribution],
        *,
        people: Collection[int],
        bands: Bands,
    ) -> "Steps":
        """The steps after one more week, of the people who are there now."""
        weeks = {person: count for person, count in self.weeks.items() if person in people}
        for person in current:
            if person in people:
                weeks[person] = min(weeks.get(person, 0) + 1, EVIDENCE_WEEKS)
        values = [own.value for person, own in current.items() if weeks.get(person, 0) >= EVIDENCE_WEEKS]
        if not values and not self.width:
            return Steps(weeks=weeks)
        fitted = self._fitted(values, bands)
        places = {
            person: fitted.place(person, own.value)
            for known in (carried, current)
            for person, own in known.items()
            if person in people
        }
        return Steps(fitted.width, fitted.centre, weeks, {**_of(fitted.places, people), **places})

    def _fitted(self, values: list[float], bands: Bands) -> "Steps":
        """These steps, wide enough for how much people differ. They are never narrowed.

        Everybody stays on their step: own values are not looked at again for this.
        """
        of_few = _BANDS_OF_FEW * bands.width, bands.ordinary
        now = self if self.width else Steps(*of_few)
        if len(values) < FEWEST_EXACT:
            # Accomplices among few would move the width or the centre, and work out the others from when it moves.
            return now
        part, spread = bands.width / _PARTS_OF_BAND, pstdev(values)
        width = ceil(_SPREADS * spread / part) * part
        if bands.descending and (now.width, now.centre) == of_few:
            centre = round(fsum(values) / len(values) / part) * part
            return Steps(max(width, bands.width / 2), centre, places=self.places)
        if now.width >= _LEAST_SPREADS * spread:
            return now
        places = {person: round(place * now.width / width) for person, place in now.places.items()}
        return Steps(width, now.centre, places=places)


def _of(places: Mapping[int, int], people: Collection[int]) -> dict[int, int]:
    return {person: place for person, place in places.items() if person in people}
