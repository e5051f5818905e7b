"""Shapes of healthy companies: what goes on in them looks like trouble to a bad rule, and is none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from services.simulator.kinds.draft import Draft, Gathering, Line, Tie
from services.simulator.kinds.founding import add_worker, away_weeks, set_answered
from services.simulator.timeline import HOUR

Shape = Callable[[Draft], None]
LATE: Final = 10  # nothing happens before: a rule may need to know the ordinary first


def plain(_draft: Draft) -> None:
    """Nothing beside the noise that every company has."""


def leader_loved(draft: Draft) -> None:
    """Their own people ask three leaders twice as much, others come too, and they answer nearly everything."""
    for leader in draft.leaders[::7]:
        draft.answered[leader] = 0.95
        for person in draft.reports(leader):
            draft.shift("asks", person, leader, 0, 2.0)
        for person in draft.workers:
            if draft.chance("loves", leader, person).random() < 1 / 6 and person != leader:
                draft.ties.append(Tie("extra", person, leader, 0.3, 0.7))


def other_norms(draft: Draft) -> None:
    """Two departments always answered less and later: that is how they work, and it does not change."""
    for head in draft.heads[:2]:
        for leader in [head, *draft.reports(head)]:
            draft.answered[leader] = draft.chance("norm", leader).uniform(0.58, 0.70)
            draft.workers[leader].delay_hours *= 2


def on_leave(draft: Draft) -> None:
    """Three leaders and a tenth of the others are on leave for three to seven weeks; half of it is in the HR system."""
    for leader in draft.leaders[::7]:
        rng = draft.chance("leave", leader)
        away_weeks(draft, leader, rng.randrange(LATE, 30), rng.randrange(3, 6), recorded=True)
    for person in draft.workers:
        rng = draft.chance("leave", person)
        if rng.random() < 1 / 10 and person not in draft.leaders:
            away_weeks(draft, person, rng.randrange(LATE, 30), rng.randrange(3, 8), recorded=rng.random() < 1 / 2)


def reorganisation(draft: Draft) -> None:
    """In two waves, half of six teams get another leader, and go on asking the old one for a while."""
    waves = ((draft.leaders[0:6:2], 14), (draft.leaders[1:6:2], 20))
    for old_leaders, week in waves:
        for old in old_leaders:
            new = draft.leaders[(draft.leaders.index(old) + 7) % len(draft.leaders)]
            for person in draft.reports(old)[::2]:
                _moves(draft, person, old, new, week)
                draft.ties.append(Tie("extra", person, old, 0.8, 0.6, week, week + 6))


def heavy_load(draft: Draft) -> None:
    """Two departments have twice as much to do for eight weeks: more is asked, a little less answered, later."""
    for head in draft.heads[:2]:
        begin = draft.chance("load", head).randrange(12, 22)
        for leader in [head, *draft.reports(head)]:
            # Notes 2: people with more to do answer a smaller share.
            draft.shift("answers", leader, None, begin, draft.answered[leader] - 0.08, to_week=begin + 8)
            draft.shift("slowness", leader, None, begin, 1.4, to_week=begin + 8)
            for person in draft.reports(leader):
                draft.shift("asks", person, leader, begin, 2.0, to_week=begin + 8)
                draft.shift("talks", person, None, begin, 1.5, to_week=begin + 8)


def two_bosses(draft: Draft) -> None:
    """Everybody has a second boss in another department, as in a matrix; the directory knows only the first."""
    for leader in draft.leaders:
        second = draft.leaders[(draft.leaders.index(leader) + 5) % len(draft.leaders)]
        for person in draft.reports(leader):
            draft.shift("asks", person, leader, 0, 0.75)
            draft.ties += [Tie("second", person, second, 1.2, 0.7), Tie("second", second, person, 0.5, 0.5)]
            above = draft.manager(second, 0)
            if above is not None and draft.chance("matrix", person).random() < 1 / 3:
                draft.ties.append(Tie("extra", person, above, 0.15, 0.6, along=second))


def founder(draft: Draft) -> None:
    """Everybody talks to the founder, and in one department to the head who was there from the beginning."""
    for person in draft.workers:
        if person != draft.chief:
            draft.ties.append(Tie("direct", person, draft.chief, 0.25, 0.6))
            draft.ties.append(Tie("skip_down", draft.chief, person, 0.15, 0.5))
    for leader in draft.reports(draft.heads[0]):
        for person in draft.reports(leader):
            draft.ties.append(Tie("direct", person, draft.heads[0], 0.3, 0.6))


def parental_leave(draft: Draft) -> None:
    """Four leaders are away for fourteen weeks; a deputy of the team acts, in two cases also as manager on paper."""
    for index, leader in enumerate(draft.leaders[::5]):
        begin, weeks = 12 + 2 * index, 14
        away_weeks(draft, leader, begin, weeks, recorded=True)
        deputy, *others = draft.reports(leader)
        set_answered(draft, deputy)
        for person in others:
            if index % 2:
                draft.lines.append(Line(person, deputy, begin, begin + weeks))
            else:
                draft.ties.append(Tie("second", person, deputy, draft.asks_per_week, 0.8, begin, begin + weeks))
            draft.ties.append(Tie("second", deputy, person, 0.7, 0.5, begin, begin + weeks))
        above = draft.manager(leader, begin)
        if above is not None:
            # The deputy reports to the head meanwhile, whatever the paper says.
            draft.ties.append(Tie("direct", deputy, above, 1.2, 0.7, begin, begin + weeks))
            draft.ties.append(Tie("skip_down", above, deputy, 0.8, 0.5, begin, begin + weeks))


def bots(_draft: Draft) -> None:
    """Machines remind people in chat and comment on tickets; beyond that it is plain."""


def night_shift(draft: Draft) -> None:
    """Four teams work from ten in the evening to six, their leaders by day; so answers come a shift later."""
    for leader in draft.leaders[:4]:
        for person in draft.reports(leader):
            draft.workers[person].opens = 22 * HOUR
        draft.workers[leader].opens = 9 * HOUR


def time_zones(draft: Draft) -> None:
    """A third works in each of three zones; half of the teams have their leader elsewhere."""
    zones = (("America/Denver", 15), ("Etc/UTC", 8), ("Asia/Tokyo", 0))
    for index, leader in enumerate(draft.leaders):
        for person in [leader, *draft.reports(leader)]:
            far = person == leader and index % 2
            zone, opens = zones[(index + 1 if far else index) % 3]
            draft.workers[person].zone, draft.workers[person].opens = zone, opens * HOUR


def merger(draft: Draft) -> None:
    """Three teams in ten, a company that was bought, join in week 14; the two get to know each other."""
    joined = [*draft.leaders[-len(draft.leaders) * 3 // 10 :]]
    joined += [person for leader in joined for person in draft.reports(leader)]
    for key in joined:
        draft.workers[key].from_week = 14
        other = draft.chance("meets", key).choice([each for each in draft.workers if each not in joined])
        draft.ties += [Tie("partner", key, other, 0.5, 0.6, 15), Tie("partner", other, key, 0.5, 0.6, 15)]
    draft.lines = [replace(line, from_week=14) if line.person in joined else line for line in draft.lines]


def seasonal_peak(draft: Draft) -> None:
    """Everybody has half as much again to do for seven weeks, more is called off, and then they rest."""
    begin = 17
    for week in range(begin, begin + 7):
        draft.company_volume[week] = draft.company_volume.get(week, 1.0) * 1.6
    for leader in [draft.chief, *draft.heads, *draft.leaders]:
        draft.shift("answers", leader, None, begin, draft.answered[leader] - 0.06, to_week=begin + 7)
        draft.shift("held", leader, None, begin, 0.82, to_week=begin + 7)
        away_weeks(draft, leader, begin + 8 + draft.chance("rest", leader).randrange(3), 1, recorded=True)


def new_leader(draft: Draft) -> None:
    """Five teams get a leader from outside, who answers less at first and meets people from the second week on."""
    for index, old in enumerate(draft.leaders[::4]):
        week, new = 12 + 2 * index, f"n{index + 1:03d}"
        name = (("Ingrid", "Mahmoud", "Tomas", "Keiko", "Lucia")[index], f"Newcome{index + 1}")
        add_worker(draft, new, name, team=draft.workers[old].team).from_week = week
        set_answered(draft, new)
        draft.shift("answers", new, None, week, 0.7, to_week=week + 4)
        draft.shift("held", new, None, week, 0.6, to_week=week + 2)
        above = draft.manager(old, 0)
        if above is not None:
            draft.lines.append(Line(new, above, week))
        for person in draft.reports(old):
            _moves(draft, person, old, new, week)
        draft.workers[old].to_week = week + 1


def works_council(draft: Draft) -> None:
    """For five weeks people of all teams write to each other, to heads and to the chief about an election."""
    candidates = list(draft.workers)[10::12]
    for person in candidates:
        rng = draft.chance("election", person)
        for other in rng.sample(sorted(draft.workers), 12):
            if other != person:
                draft.ties.append(Tie("extra", person, other, 0.6, 0.6, 18, 23))
        for above in (draft.chief, rng.choice(draft.heads)):
            if above != person:
                draft.ties.append(Tie("extra", person, above, 0.3, 0.7, 18, 23))
    for number in range(3):
        draft.gatherings.append(
            Gathering(f"council-{number}", candidates[number], tuple(candidates[number + 1 :][:7]), 1, 23)
        )


def incident(draft: Draft) -> None:
    """One team is in a war room for two weeks: asks wait, one-to-ones are off, the leader's leader joins in."""
    leader = draft.leaders[draft.chance("incident").randrange(len(draft.leaders))]
    begin = draft.chance("incident week").randrange(14, 26)
    above = draft.manager(leader, begin)
    draft.incidents.append((leader, begin, begin + 2))
    draft.shift("answers", leader, None, begin, 0.4, to_week=begin + 2)
    draft.shift("held", leader, None, begin, 0.1, to_week=begin + 2)
    for person in draft.reports(leader):
        draft.shift("asks", person, leader, begin, 2.5, to_week=begin + 2)
        if above is not None:
            draft.ties.append(Tie("skip_down", above, person, 1.5, 0.8, begin, begin + 2))
            draft.ties.append(Tie("sponsored", person, above, 1.0, 0.5, begin, begin + 2, along=leader))
    if above is not None:
        room = (leader, *draft.reports(leader)[:6])
        draft.gatherings += [Gathering(f"war-room-{day}", above, room, 1, begin, begin + 2) for day in range(4)]


def skip_lunches(draft: Draft) -> None:
    """Heads sit in the open office: lunch with a few of each team every month, and a word with them afterwards."""
    for leader in draft.leaders:
        above, team = draft.manager(leader, 0), draft.reports(leader)
        if above is None:
            continue
        for half in (0, 1):
            draft.gatherings.append(Gathering(f"lunch-{leader}-{half}", above, tuple(team[half::2]), 4, half * 2))
        for person in team:
            draft.ties += [Tie("skip_down", above, person, 0.2, 0.5), Tie("direct", person, above, 0.1, 0.5)]


def mail_heavy(draft: Draft) -> None:
    """No chat at all: everything is written by mail."""
    draft.by_mail = 1.0


def chat_heavy(draft: Draft) -> None:
    """Everything is chat, and one-to-ones happen without a calendar."""
    draft.by_mail, draft.calendars = 0.0, False


def part_timers(draft: Draft) -> None:
    """Two in five work three or four days, leaders too."""
    for key, worker in draft.workers.items():
        rng = draft.chance("part time", key)
        if rng.random() < 2 / 5 and key not in (draft.chief, *draft.heads):
            worker.workdays = frozenset(rng.sample(range(5), rng.choice((3, 4))))
            worker.talk *= len(worker.workdays) / 5


def interns(draft: Draft) -> None:
    """Two interns at a time in half of the teams, each for ten weeks; they ask a lot."""
    for index, leader in enumerate(draft.leaders[::2]):
        for number in range(6):
            key, week = f"i{index:02d}{number}", 1 + 12 * (number // 2)
            name = (("Alex", "Sascha", "Kim", "Robin", "Jo", "Mika")[number], f"Learnwell{index + 1}")
            worker = add_worker(draft, key, name, team=draft.workers[leader].team)
            worker.from_week, worker.to_week, worker.talk = week, week + 10, 2.0
            draft.lines.append(Line(key, leader, week, week + 10))
            draft.ties.append(Tie("mates", key, draft.reports(leader)[0], 1.0, 0.8, week, week + 10))


def _moves(draft: Draft, person: str, old: str, new: str, week: int) -> None:
    """A person reports to somebody else from a week on."""
    draft.lines = [
        replace(line, to_week=week) if (line.person, line.manager) == (person, old) else line for line in draft.lines
    ]
    draft.lines.append(Line(person, new, week))
