"""How large everything is: rates of the ordinary week, and effect sizes of what is planted.

Each number says where it is from. "Notes 3" and the like are sections of the method notes that docs/evaluation.md
cites; "demand" is what the acceptance of alerts asks for; "choice" is ours, made before any rule was looked at.
"""

from typing import Final

# --- size
PEOPLE: Final = 156  # demand: at least 150
WEEKS: Final = 40  # demand: at least 40
HEADS: Final = 5  # choice: with 20 leaders of four to ten people, spans as most companies have them
LEADERS: Final = 20
TEAM_SPREAD: Final = (0.5, 1.5)  # choice: of the mean; teams of 4 to 10, as spans of leaders differ
SMALLEST_TEAM: Final = 4
SMALLEST_PEOPLE: Final = 60  # choice: two heads and six leaders are the least that kinds can be planted in

# --- what is asked and answered
ASKS_PER_WEEK: Final = 2.0  # demand: about two visible asks a chain and week
SPARSE_ASKS: Final = 0.4  # demand: the sparser variant has 40 % of the asks
ANSWERED: Final = 0.85  # demand: the share that is answered before an onset
ANSWERED_SPREAD: Final = 0.30  # choice, in logits, between leaders: 9 of 10 answer .78 to .90
ANSWERED_WEEKLY: Final = 0.30  # choice, in logits, of one leader from week to week: some weeks are hectic
TALK_SPREAD: Final = 0.35  # choice: the busiest tenth asks 1.6 times as often as the median
WEEKLY_SPREAD: Final = 0.30  # choice: a person's volume from week to week beyond what chance alone gives
COMPANY_SPREAD: Final = 0.10  # choice: the whole company's, as before a release or around a feast
REPLY_HOURS: Final = 1.9  # measured median of mail (Notes 2, reciprocity and reply time)
REPLY_HOURS_SPREAD: Final = 0.45  # choice, between people
REPLY_SPREAD: Final = 1.1  # measured order: median 1.9 h and a long tail of days (Notes 2)
NUDGED: Final = 0.3  # choice: of what is not answered, asked once more a day or two later
THANKED: Final = 0.2  # choice: of answers that get a last word
ASKED_BACK: Final = 0.15  # choice: of answers that ask something themselves
REMARKS_PER_WEEK: Final = 0.35  # choice: what people tell a leader without asking
REMARKS_ANSWERED: Final = 0.5  # measured: 51 % of mails between two are answered within three days (Notes 2)
DEFERRED: Final = 0.05  # choice: answers that first promise one
DOWN_PER_WEEK: Final = 0.9  # choice: what a leader starts with each report
DOWN_ASKS: Final = 0.5  # choice
REPORTS_ANSWER: Final = 0.92  # choice: who is asked by the leader answers
COLLEAGUES_ANSWER: Final = 0.85  # choice
MATES_PER_WEEK: Final = 0.5  # choice, with each of two close colleagues
PARTNER_PER_WEEK: Final = 0.4  # choice, with somebody of another team
PEERS_PER_WEEK: Final = 0.4  # choice, between leaders of one department
CHANNEL_PER_WEEK: Final = 0.5  # choice: posts in the team's channel, a person
BY_MAIL: Final = 0.25  # choice: an office that mostly chats

# --- healthy contact past the leader (Notes 0.4: such contact is ordinary)
SKIP_DOWN_PER_WEEK: Final = 0.06  # choice: the leader's leader writes first; what comes back is solicited
SPONSORED_PER_WEEK: Final = 0.06  # choice: written to both
BENIGN_PER_WEEK: Final = 0.004  # choice: unasked and alone, of no consequence: one in five people in forty weeks

# --- meetings
CALLED_OFF: Final = 0.07  # choice: of one-to-ones, with both at work
MOVED: Final = 0.10  # choice
BY_LEADER: Final = 0.65  # choice: leaders have the fuller calendars
AWAY_CALLED_OFF: Final = 0.7  # choice: the others are moved
HAS_SKIP_TALK: Final = 0.3  # choice: a planned one-to-one with the leader's leader every eight weeks
OCCASIONS_PER_WEEK: Final = 0.15  # choice: meetings of two for one occasion

# --- tickets
TICKETS_PER_WEEK: Final = 0.5  # choice, a person
TICKET_HOURS: Final = 9.0  # choice: median working hours to resolve
TICKET_REOPENED: Final = 0.03  # Notes, table of 3: 1.1 % of incidents of a service desk; more where teams work together

# --- absence
VACATION_WEEKS: Final = (2, 1, 1)  # choice: four weeks of forty, the long one in summer
SUMMER: Final = (20, 31)  # choice: weeks in which the long vacation begins
ILL_DAYS: Final = 5  # choice, the mean of forty weeks
RECORDED: Final = 0.8  # choice: vacations that are in the HR system; of illness one in two
WHILE_AWAY_ASKS: Final = 0.3  # choice: of what would be asked of somebody who is away
WHILE_AWAY_ANSWERED: Final = 0.75  # choice: of the usual share, once they are back
HOLIDAYS: Final = 4  # choice: days on which everybody is off

# --- what is planted
ONSETS: Final = (10, 22)  # demand: from week 10; so that an event has time to follow
STRONG: Final = (0.18, 0.30)  # demand: at most .30
MEDIUM: Final = (0.36, 0.45)  # demand: at most .45
WEAK: Final = (0.51, 0.60)  # demand: at most .60
SLOW_WEEKS: Final = 8  # demand: drift over eight weeks
SOON_WEEKS: Final = 1  # choice: what begins suddenly takes a week
HELD_FADED: Final = 0.25  # choice: one-to-ones that are still held
HELD_BAD: Final = 0.55  # choice: of a leader who has turned bad to all
FADING_WEEKS: Final = 3  # choice
SLOWER: Final = 1.6  # choice: those who answer less also answer later
COLDER: Final = 0.5  # choice: and acknowledge half as often
GIVES_UP_AFTER: Final = 3  # choice, weeks
GIVEN_UP_ASKS: Final = 0.15  # choice: of what was asked before
BAD_QUARTER_WEEKS: Final = 12  # demand: a quarter
WAR_TICKETS_PER_WEEK: Final = 1.2  # choice: tickets that go back and forth, a pair of people
FACTION_TALK: Final = 0.2  # choice: of what the two sides said to each other
CAUSED_LEADERS: Final = 6  # choice: of 20, so that three seeds give 18 leaders (demand: at least 12 a kind)
CAUSED_PER_LEADER: Final = 4  # and three seeds give 72 chains (demand: at least 60 a kind)
ONE_ONLY_LEADERS: Final = 16  # choice: with one chain each

# --- from cause to event. The weekly hazard by weeks since the onset, at full strength: nothing for two weeks, then
# patience runs out. Half of those who ever do have gone past in the eighth week (demand: median at least 35 days).
PATIENCE: Final = ((2, 0.0), (4, 0.05), (6, 0.10), (1000, 0.18))
HAZARD_STRONG: Final = 1.0
HAZARD_MEDIUM: Final = 0.75  # choice: less is felt less
HAZARD_WEAK: Final = 0.4  # choice
HAZARD_MEETINGS: Final = 0.7  # choice
HAZARD_HEALS: Final = 0.3  # choice: most wait for a bad quarter to end
NEVER: Final = 0.25  # choice: of those concerned, who would never go past their leader whatever happens
EASES: Final = 0.5  # choice: once somebody went past, the leader does better in half of all cases
AGAIN_PER_WEEK: Final = 0.15  # choice: otherwise they go past again
