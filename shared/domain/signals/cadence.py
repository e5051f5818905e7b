"""Cadence: how often two people are in touch, against their own rhythm."""

import math
from bisect import bisect_left
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import (
    ANSWER_STRENGTH,
    BASELINE_DAYS,
    DECAY,
    LONGEST_WINDOW_DAYS,
    RHYTHM_DAYS,
    RHYTHM_EVENTS,
    TYPICAL,
    WINDOW_DAYS,
    clipped,
    first_day,
    logit,
    own_share,
    score,
)
from shared.domain.facts.baselines import baseline_factors, baseline_weight
from shared.domain.facts.history import CHANNELS, COUNTER_INDEX, ActiveDays, PairHistory
from shared.domain.organisation.work_calendar import STANDARD_PAIR, PairCalendars
from shared.domain.organisation.working_time import STANDARD_HOURS, WORKDAYS, working_seconds
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, PairSignal
from shared.domain.week import DAY, WEEK_DAYS, day_of, first_day_of_week, last_closed_week, weekday_of

# Contact is direct messages, small meetings and comments; reactions and broadcasts are not.
_MESSAGES: Final = COUNTER_INDEX["messages"]
_MEETINGS: Final = COUNTER_INDEX["meetings"]
_COMMENTS: Final = COUNTER_INDEX["comments"]

_PER_WEEK: Final = {channel: f"{channel}_per_week" for channel in CHANNELS}

_RHYTHM_WEEKS: Final = RHYTHM_DAYS / WEEK_DAYS
_WINDOW_WEEKS: Final = WINDOW_DAYS / WEEK_DAYS
_BASELINE_WEEKS: Final = BASELINE_DAYS / WEEK_DAYS
_DECAYED_WEEKS: Final = math.fsum(DECAY[:WINDOW_DAYS]) / WEEK_DAYS
# Ours: half of the usual contact costs 0.8, which alone brings an ordinary pair to 55. More contact than usual is
# not much better than usual: it counts up to one doubling.
_RHYTHM_WEIGHT: Final = 0.8
_RHYTHM_MOST: Final = 1.0
# Ours: a silence that one pair in four would show by chance costs nothing; each halving of the chance costs 0.4.
_SILENCE_WEIGHT: Final = 0.4
_ORDINARY_SILENCE_BITS: Final = 2.0
# Monday to Friday of as many weeks as the longest window touches, from a Monday on.
_WORKDAY_BITS: Final = sum(
    ((1 << WORKDAYS) - 1) << each for each in range(0, LONGEST_WINDOW_DAYS + WEEK_DAYS, WEEK_DAYS)
)


class DaysAway(msgspec.Struct, frozen=True, gc=False):
    """Days on which one of two people did nothing at all, as bits from the day `first` on."""

    first: int = 0
    bits: int = 0
    calendars: PairCalendars = STANDARD_PAIR

    def __len__(self) -> int:
        """How many there are."""
        return self.bits.bit_count()

    def between(self, start: int, stop: int) -> float:
        """How many working days there are from a day, inclusive, to another, exclusive."""
        low, high = max(start - self.first, 0), max(stop - self.first, 0)
        bits = self.bits >> low & (1 << max(high - low, 0)) - 1
        if self.calendars.is_standard:
            return bits.bit_count()
        return math.fsum(map(self.weight, DaysAway(self.first + low, bits).since(self.first)))

    def weight(self, day: int) -> float:
        """How much of a working day a day of UTC is, by the calendars of the two."""
        return 1.0 if self.calendars.is_standard else self.calendars.ordinary_days(day * DAY, (day + 1) * DAY)

    def since(self, start: int) -> list[int]:
        """Days from a day on, sorted."""
        day = max(start, self.first)
        found, left = [], self.bits >> (day - self.first)
        while left:  # bit by bit, as a reading has few of them and is made a million times
            lowest = left & -left
            found.append(day + lowest.bit_length() - 1)
            left ^= lowest
        return found


_NEVER_AWAY: Final = DaysAway()


def _compute(history: PairHistory, as_of: int, _: Earlier) -> Measure | None:
    days = history.days
    if not days:
        return None
    today = day_of(as_of)
    start = first_day(as_of, WINDOW_DAYS)
    split = bisect_left(days, start, key=attrgetter("day"))
    by_channel = dict.fromkeys(CHANNELS, 0)
    active: set[int] = set()
    decayed: list[float] = []
    usual = 0
    for index, entry in enumerate(days):
        counts = entry.counts
        contacts = counts[_MESSAGES] + counts[_MEETINGS] + counts[_COMMENTS]
        if not contacts:
            continue
        active.add(entry.day)
        if index < split:
            usual += contacts
        else:
            by_channel[entry.channel] += contacts
            decayed.append(contacts * DECAY[today - entry.day])
    if not active:
        return None
    away = days_away(history.active, active, as_of, history.calendars)
    week_days = WORKDAYS if away.calendars.is_standard else away.calendars.week_days(as_of)
    baseline = history.baselines.log_contacts
    away_now = away.since(start)
    # Ours: what is usual around a pair weighs as much as two weeks.
    usual_weeks = max(_BASELINE_WEEKS - away.between(away.first, start) / week_days, 0.0)
    missed = math.fsum([DECAY[today - day] * away.weight(day) for day in away_now])
    weeks = max(_DECAYED_WEEKS - missed / week_days, 0.0)
    usual_rate = (usual + _RHYTHM_WEEKS * _a_week(baseline.value)) / (usual_weeks + _RHYTHM_WEEKS)
    rate = (math.fsum(decayed) + _RHYTHM_WEEKS * usual_rate) / (weeks + _RHYTHM_WEEKS)
    doublings = math.log2(rate / usual_rate)
    rhythm = _RHYTHM_WEIGHT * clipped(doublings, high=_RHYTHM_MOST)
    chance = silence_probability(sorted(active), as_of, away)
    silence = -_SILENCE_WEIGHT * clipped(-math.log2(chance) - _ORDINARY_SILENCE_BITS, low=0.0)
    total = sum(by_channel.values())
    factors = (
        TYPICAL,
        Factor("rhythm", doublings, total, rhythm),
        Factor("silence", chance, len(active), silence),
        Factor("contacts_per_week", total / _WINDOW_WEEKS, total),
        Factor("usual_contacts_per_week", usual / _BASELINE_WEEKS, usual),
        *[Factor(_PER_WEEK[name], count / _WINDOW_WEEKS, count) for name, count in by_channel.items()],
        Factor("days_away", len(away_now)),
        Factor("change", rhythm + silence),
        *baseline_factors("contacts_per_week", baseline, value=_a_week(baseline.value)),
        *baseline_weight("norm_weight", baseline, observed=weeks, usual=usual_weeks, strength=_RHYTHM_WEEKS),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(len(active), ANSWER_STRENGTH),
        factors=factors,
        evidence=len(active),
        # The relative error of a count is one over its root, and 1/ln 2 of that in doublings.
        spread=_RHYTHM_WEIGHT / math.log(2) / math.sqrt(len(active) + RHYTHM_EVENTS),
    )


def _a_week(log_contacts: float) -> float:
    """Contacts a week from log2(1 + contacts in four weeks)."""
    return (2**log_contacts - 1) / _WINDOW_WEEKS


def days_away(
    active: ActiveDays, contacts: Collection[int], as_of: int, calendars: PairCalendars = STANDARD_PAIR
) -> DaysAway:
    """Working days of closed weeks, within the longest window, on which one of the two did nothing at all.

    That is leave, illness or a holiday rather than silence. Days of contact are none of them. Of somebody who never
    acted within the window nothing is known, so they count as there; so does everybody in the running week. Holidays
    and absences that are known of count in every week.
    """
    first = first_day(as_of, LONGEST_WINDOW_DAYS)
    last = first_day_of_week(last_closed_week(as_of) + 1)  # exclusive
    span, shift = (1 << (last - first)) - 1, first - active.since
    there = span
    for own in (active.first, active.second):
        seen = (own >> shift if shift >= 0 else own << -shift) & span
        there &= seen or span
    if calendars.is_standard:
        away = span & ~there & _WORKDAY_BITS >> weekday_of(first)
    else:
        work, off = calendars.day_bits(first, day_of(as_of))
        away = span & ~there & work | off
    for day in contacts:
        if day >= first:
            away &= ~(1 << (day - first))
    return DaysAway(first, away, calendars)


def silence_probability(active_days: Sequence[int], as_of: int, away: DaysAway = _NEVER_AWAY) -> float:
    """Probability that a silence lasts at least as long as the present one, given the pair's own rhythm.

    (1 + gap/(T + b))^-(N + a), the predictive of a gamma-Poisson process (method notes, 1-2), with N further active
    days in T, all in working days on which both were there, a = 1, b = 14. A day with contact counts once, so a burst
    is not a rhythm. `active_days` are sorted and not empty.
    """
    first, last = active_days[0], active_days[-1]
    if not away.calendars.is_standard:
        days = away.calendars.ordinary_days
        observed = days(first * DAY, last * DAY) - away.between(first + 1, last)
        gap = days((last + 1) * DAY, as_of + 1) - away.between(last + 1, day_of(as_of) + 1)
        return _silence(max(gap, 0.0), max(observed, 0.0), len(active_days))
    length = STANDARD_HOURS.day_seconds
    observed = working_seconds(first * DAY, last * DAY) / length - away.between(first + 1, last)
    gap = working_seconds((last + 1) * DAY, as_of + 1) / length - len(away) + away.between(away.first, last + 1)
    return _silence(gap, observed, len(active_days))


def _silence(gap: float, observed: float, active_days: int) -> float:
    return math.pow(1.0 + gap / (observed + RHYTHM_DAYS), -(active_days - 1 + RHYTHM_EVENTS))


CADENCE: Final = PairSignal(
    name="cadence",
    title="Cadence",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    family="leading",
    floor=5,
    meaning=(
        "How often the two are in touch by mail, chat, small meetings and tickets, compared with their own last "
        "months. It falls when contact drops below their usual rhythm or a silence lasts longer than that rhythm "
        "explains."
    ),
    caution=(
        "Less contact is not a fault: a finished project or a channel that is not connected look the same. Days on "
        "which one of the two did nothing at all count as absence, not as silence, except in the running week; "
        "recorded absences and public holidays count in every week. Pairs who rarely need each other are compared "
        "with themselves only."
    ),
    formula=(
        "L = 1 + 0.8 clip(log2(rate / usual rate), -3, 1) - 0.4 clip(-log2(p) - 2, 0, 3), value = 100 / (1 + e^-L); "
        "rates are contacts a week in which both were there, decayed with a half-life of 30 days and shrunk towards "
        "the pair's own 84 days, and that, by the weight of two weeks, towards the baseline of their leader, team or "
        "organisation (one in two weeks where there is none); p = (1 + gap / (T + 14))^-(N + 1) is the chance of a "
        "silence this long in working days on which both did anything, from N further active days in T."
    ),
    inputs=(
        "days with direct messages, small meetings and ticket comments, by channel",
        "days on which each of the two did anything at all",
    ),
    evidence=(
        "Half-lives of 14 to 60 days forecast the next four weeks of contact of a pair equally well, 30 best, in real "
        "mail."
    ),
    source="Predictive of a gamma-Poisson process for the silence; burstiness of dyads as in Goh and Barabasi 2008.",
    action="book_time",
    swing=1.0,
)
