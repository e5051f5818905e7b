"""docs/alert-quality.md: every gate and every kind, from the results. Nothing is typed in by hand."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.simulator.kinds import effects
from services.simulator.kinds.kind import HELD_OUT_KINDS, HELD_OUT_SEEDS, KIND_BY_NAME, KINDS, SEEDS, TUNING_SEEDS
from tests.bench.alerts.gates import SPLITS, Gate, split_of
from tests.bench.alerts.measures import alerted_within, by_kind, caught, enough_evidence, rate, unplanted_rate
from tests.bench.alerts.real_mail import RealMail
from tests.bench.alerts.worlds import MODES, WorldResult

_ABOUT: Final = f"""\
# How good alerts are

Measured by `make bench-alerts`: made-up companies, in which it is known what is wrong and what is not, go through the
applier, the loader, the signals and the alert rule that ship. `bellwether simulate --kind NAME --seed N` writes any of
them. A company has {effects.PEOPLE} people and {effects.WEEKS} weeks. Each kind has {len(SEEDS)} seeds, and every one
is a company of its own. Kept out of tuning and reported apart are the seeds {", ".join(map(str, HELD_OUT_SEEDS))}
and the kinds {", ".join(sorted(HELD_OUT_KINDS))}:
nobody looks at them before the numbers of a rule are set. They were chosen with the kinds, before any rule was
measured.

A made-up company checks that a rule does what it is meant to where causes are as we imagine them. It cannot tell how
often such causes are there, or whether people go past their leaders for them: [the evaluation](evaluation.md) on real
mail says what is known of that."""

_HOW: Final = f"""\
## How it is counted

* **Rates** are alerts per 100 people and week: the worse of all weeks, and of those from week 8 on, so that a rule
  gains nothing by waiting until it knows what is ordinary. Counts are pooled over seeds.
* **Caught**: an alert about the chain was raised after the onset and before the event, of chains that had an event.
* **Alerted within weeks**: the same for chains of people who never went past their leader. The twelve weeks for what
  comes slowly are held to the share that medium causes are held to in six.
* **Followed**: alerts, right or wrong, that the event followed within 28 days, divided by the same share of an oracle.
  One oracle knows cause and onset, and alerts in any week from there to the event. The other knows the true weekly
  hazards, and alerts as many chains as the rule did, each in the week in which 28 days bring most.
* **Nothing planted**: alerts in troubled companies about other chains, or before the onset.
* **Fair**: the floor is moved until healthy companies raise two alerts per 100 people and week. Then a group is alerted
  so many times as often as the others; the bound is the upper end of a 90 % bootstrap interval over companies.
* **Text** means that chat and mail are read at the edge, **metadata** that nothing is. Then thanks and remarks look
  like asks as well: more asks are seen, and a smaller share of them is answered, before an onset as after it.

What is planted, with the numbers and where each is from, is `services/simulator/kinds/effects.py`. People ask their
leader about {effects.ASKS_PER_WEEK:g} times a week and have weekly one-to-ones; where it says sparse,
{effects.SPARSE_ASKS:.0%} of that and one-to-ones every two weeks. From week {effects.ONSETS[0]} on the share answered
falls from {effects.ANSWERED} to at most {effects.STRONG[1]:.2f} (strong), {effects.MEDIUM[1]:.2f} (medium) or
{effects.WEAK[1]:.2f} (weak)."""


def page(worlds: Sequence[WorldResult], gates: Sequence[Gate], mail: RealMail | None, *, code: str) -> str:
    """The whole page."""
    parts = [_ABOUT, _run(worlds, code), *_gates(gates), *_kinds(worlds), _of_mail(mail), _HOW, _described()]
    return "\n\n".join(parts) + "\n"


def _run(worlds: Sequence[WorldResult], code: str) -> str:
    wanted = len(KINDS) * len(SEEDS) * len(MODES)
    cost = sum(world.cpu_seconds for world in worlds) / len(worlds)
    kinds = {world.kind for world in worlds}
    missing = (
        "Every kind and seed was run."
        if len(worlds) == wanted
        else f"**This run is a part: {len(worlds)} of {wanted} companies**, {len(kinds)} of {len(KINDS)} kinds. What "
        "would pass, but on less than was asked for, says `too few`."
    )
    return f"{missing}\n\nA company costs {cost:.0f} CPU-seconds. State of the code: `{code}`."


def _gates(gates: Sequence[Gate]) -> Iterable[str]:
    for mode in MODES:
        for split in SPLITS:
            own = [gate for gate in gates if (gate.mode, gate.split) == (mode, split)]
            if own:
                failed = sum(gate.verdict == "fail" for gate in own)
                passed = sum(gate.verdict == "pass" for gate in own)
                yield f"## Gates, {_with(mode)}, {_TITLES[split]}: {passed} pass, {failed} fail"
                rows = [(gate.what, gate.figure, gate.wanted, gate.verdict, gate.of) for gate in own]
                yield _table(("gate", "figure", "wanted", "", "of"), rows)


_TITLES: Final = {
    "tuning": f"seeds {', '.join(map(str, TUNING_SEEDS))}",
    "kept seeds": f"kept seeds {', '.join(map(str, HELD_OUT_SEEDS))}",
    "kept kinds": "kept kinds",
}
_KIND_HEAD: Final = (
    "kind", "seeds", "alerts per 100 and week", "nothing planted", "caught", "alerted in 6 weeks", "enough evidence",
)  # fmt: skip


def _kinds(worlds: Sequence[WorldResult]) -> Iterable[str]:
    for mode in MODES:
        own = [world for world in worlds if world.mode == mode]
        if own:
            yield f"## Kinds, {_with(mode)}, all seeds together"
            yield _table(
                _KIND_HEAD,
                [_of_kind(kind, found) for kind, found in by_kind(own).items()],
            )


def _of_kind(kind: str, worlds: Sequence[WorldResult]) -> tuple[str, ...]:
    troubled = KIND_BY_NAME[kind].health == "troubled"
    before, after = caught(worlds), alerted_within(worlds, weeks=6)
    return (
        kind + (" (kept)" if split_of(worlds[0]) == "kept kinds" else ""),
        ", ".join(str(world.seed) for world in worlds),
        _number(rate(worlds)),
        _number(unplanted_rate(worlds)) if troubled else "",
        f"{before.hits} of {before.of}" if troubled else "",
        f"{after.hits} of {after.of}" if troubled else "",
        f"{enough_evidence(worlds).value or 0:.0%}",
    )


def _of_mail(mail: RealMail | None) -> str:
    if mail is None:
        return "## Real mail\n\nNot measured in this run."
    return (
        "## Real mail\n\n"
        f"Mail of a manufacturing company, {mail.people} people and {mail.weeks} weeks, metadata alone. "
        f"{mail.raised} alerts, {100 * mail.raised / (mail.people * mail.weeks):.2f} per 100 people and week. "
        f"{mail.enough / mail.watched:.0%} of {mail.watched} chain weeks have enough evidence for the rule. Of "
        f"{mail.known} alerts with 28 days of data after them, {mail.followed} were followed by a first unasked "
        f"message past the leader; of as many that go by the chain's own habit alone, {mail.habit_followed} of "
        f"{mail.habit_known}. Most such messages are ordinary work."
    )


def _described() -> str:
    rows = [(kind.name, kind.health, kind.description.replace("\n", " ")) for kind in KINDS]
    return "## The kinds\n\n" + _table(("kind", "", "what goes on there"), rows)


def _with(mode: str) -> str:
    return "with text" if mode == "text" else "metadata alone"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
