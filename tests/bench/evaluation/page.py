"""docs/evaluation.md: the figures of docs/evaluation.json in words and tables. Nothing is typed in by hand."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.bench.evaluation.plots import SHOWN
from tests.bench.evaluation.results import PRODUCT, Results
from tests.bench.evaluation.text_tasks import table

_TARGETS = {
    "unsolicited_onset": "Unsolicited onset, what the product warns of: the first after 28 days without",
    "unsolicited_contact": "Unsolicited contact",
    "contact": "Contact of any kind",
}
_TICKETS = {
    "ticket_goes_up": "goes up a support line within a week",
    "ticket_jumps": "jumps from the first line to the third within a week",
    "ticket_misses_promise": "misses its promised time, from what is known four hours after it was opened",
}
_GOAL_AUROC, _GOAL_AUPRC = 0.80, 0.25

_ABOUT = """\
Measured by `make bench-signals` on real labelled data, beside plain baselines. [evaluation.json](evaluation.json) has
the same figures. The data sets are read where they lie and are not part of this repository."""

TRIED = """\
About thirty rankings of the onset were compared on this corpus before the weights above were fixed. So the figures are
a little optimistic even without training.

Tried and kept:

* the chain's own rate of weeks with unsolicited contact (strengths of 4 to 32 weeks differ by less than .015 AUROC);
* the room that the definition leaves for an onset;
* half weight for asks that are only presumed (with full weight AUPRC is lower by .03);
* that who stopped asking is neither less exposed nor better heard for it. Against counting only the asks there were,
  that costs .004 AUROC and .003 AUPRC here. In made-up companies where people give up on their leader before they go
  past them, it turns a risk at chance (.48) into .56.

Tried and dropped:

* recent contact against the chain's own baseline (AUROC .11 for onsets: it points the wrong way, since recent contact
  rules a new onset out);
* decayed counts with half-lives of 7 to 120 days;
* contact with the leader copied in (it ranks well, but time with a leader's leader must not raise a risk);
* the openness of the leader's leader;
* how peers go past the same leader (.51);
* how little the person writes to the leader (.38 to .40 by itself, nothing on top of the rate);
* wider priors."""

LIMITS = """\
* **One company, half a year, few events.** Intervals are wide; two models whose intervals overlap are not told apart.
  The tree is one snapshot, so moves within the half year are not seen.
* **Unsolicited contact is not an escalation.** A mail to the leader's leader is ordinary work most of the time. Nobody
  has told us which of these were conflicts, and no public data does.
* **Most of the skill is arithmetic.** The chain's own rate and the room that the definition leaves carry the ranking.
  What the literature says of unanswered asks adds little in mail without text, where every ask is presumed.
* **Silence is seen weakly.** In made-up companies where nothing but giving up drives people, the risk ranks them at
  .56, and the factor of silence alone at .64. The other factors know nothing of it, and its weight is from the
  literature. Nobody has labelled data of people who gave up.
* **Four factors of the method notes are not in the hazard**: the quality of an answer, disagreement without an
  acknowledgement, a strong tie to the leader's leader beside a weak one to the leader, and groups that drift apart. The
  first two need texts, which no log with outcomes here has. The others were not tried.
* **Baselines of groups are not validated.** Thin evidence is drawn towards what is usual among the people of a leader,
  a team and the organisation. Such estimates are best made that way elsewhere; how strongly is our choice. These
  baselines do not enter the risk.
* **Text adds little to forecasting**; timing and open asks carry it. Metadata only is the default.
* **A raised risk is usually false.** At the budgets above most alerts are not followed by the event. It is a reason to
  listen, never a finding, and no ground for anything that concerns pay, rating or employment.
* **Other cultures, languages and channels were not seen.** Compare people with their own past only, and watch the rate
  of alerts by group. Text features know English only.
* **What is measured changes.** Scores change behaviour once people know of them. Log what was done about an alert, and
  introduce the product in steps, so that its effect can be told.
* **Ticket weights come from two logs.** In both, groups and kinds of tickets differ more than anything that happens to
  one ticket. Ticket heat, the online signal, knows rates of groups only, as of the last pass. The ticket hazard also
  has rates of kinds, which is why it does better. The live system has no such field: no ticket event carries a product
  or category. So the rows of ticket hazard are measured on the logs alone and are not what the live system reaches. Its
  support lines are read from the names of groups."""

TEXT = """\
Out of fold: no row is predicted by a model that saw a row of its group. All the same the figures are a little
optimistic. The word lists were written after a look at examples of all three sets, and refined once after a look at
what a first version missed in the receptiveness texts. The six features of uptake were chosen among a dozen sets of
them.

The texts are arguments about politics, lessons in school and requests between volunteers. At work every figure may be
lower, which is why only means of many messages are used. Politeness is no marker of the product. It checks that the
features carry over, which they do within one community and far less to another. [markers.md](markers.md) says what is
kept of a text."""


def page(results: Results) -> str:
    """The whole page."""
    mail = results["mail"]
    parts = ["# How well the signals do", _ABOUT, "## Escalation risk", _mail_text(mail)]
    parts += ["![AUROC and AUPRC of every model](evaluation/onset.svg)"]
    for target, title in _TARGETS.items():
        figures = mail["targets"][target]
        parts += [
            f"### {title}",
            f"{figures['positives']} of {mail['chain_weeks']:,} chain weeks ({figures['base_rate']:.1%}).",
            _table(_mail_rows(figures["models"])),
        ]
    parts += [_verdict(mail), _differences(mail), _calibration(mail), "### What was tried", TRIED]
    parts += [
        "## Tickets",
        _ticket_text(results["tickets"]),
        "![Recall when a fifth is reviewed](evaluation/tickets.svg)",
    ]
    parts += [_table(_ticket_rows(results["tickets"]))]
    if results["text"]:
        parts += ["## Text", TEXT, _table(table(results["text"]))]
    parts += ["## What this does not tell", LIMITS]
    return "\n\n".join(parts) + "\n"


def _mail_text(mail: Results) -> str:
    return (
        f"{mail['messages']:,} mails of a manufacturing company in half a year, {mail['people']} people, "
        f"{mail['chains']} chains of person, leader and leader's leader with anything to read. The origin rolls: at "
        f"the end of each of {mail['weeks']} weeks ({mail['chain_weeks']:,} chain weeks) every model sees what was "
        f"known then, learns from weeks whose outcome was known then, and ranks who will do it in the next "
        f"{mail['horizon_days']} days. Intervals are 95 % of a bootstrap that draws whole chains. The product runs "
        "through its own source, handlers, store and scoring. Alerts are the highest risks within a budget per 100 "
        "people a week, none twice within two weeks. Lead is the median time from alert to event."
    )


def _table(rows: Iterable[Iterable[str]]) -> str:
    head, *body = (list(row) for row in rows)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mail_rows(models: Mapping[str, Any]) -> Iterable[list[str]]:
    yield ["model", "AUROC", "AUPRC", "P@5 a week", "recall, lead at 1 per 100", "recall, lead at 3 per 100", "ECE"]
    for name, each in models.items():
        bold = "**" if name.startswith("product") else ""
        yield [
            f"{bold}{name}{bold}",
            _with_interval(each, "auroc"),
            _with_interval(each, "auprc"),
            _number(each["precision_at_5"], 2),
            _caught(each["alerts_1"]),
            _caught(each["alerts_3"]),
            _number(each.get("ece"), 3),
        ]


def _with_interval(each: Mapping[str, Any], name: str) -> str:
    low, high = each[f"{name}_interval"]
    return f"{_number(each[name])} ({_number(low, 2)} to {_number(high, 2)})"


def _number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def _caught(alerts: Mapping[str, Any]) -> str:
    days = alerts["median_lead_days"]
    return f"{_number(alerts['recall'], 2)}, {'-' if days is None else f'{days:.0f} d'}"


def _verdict(mail: Results) -> str:
    onset = mail["targets"]["unsolicited_onset"]["models"][PRODUCT]
    contact = mail["targets"]["contact"]["models"]
    sentences = [
        _goal("AUROC", onset["auroc"], _GOAL_AUROC),
        _goal("AUPRC", onset["auprc"], _GOAL_AUPRC),
    ]
    by = {name: contact[PRODUCT][name] - contact["frequency"][name] for name in ("auroc", "auprc")}
    words = " and ".join(
        f"{name.upper()} {'+' if value >= 0 else '-'}{_number(abs(value))}" for name, value in by.items()
    )
    return f"Goals for the onset, untrained: {' '.join(sentences)} Contact, against frequency: {words}."


def _goal(name: str, value: float, goal: float) -> str:
    if value >= goal:
        return f"{name} {_number(value)}, goal {_number(goal, 2)}: reached."
    return f"{name} {_number(value)}, goal {_number(goal, 2)}: short by {_number(goal - value)}."


def _differences(mail: Results) -> str:
    found = []
    for name, each in mail["targets"]["unsolicited_onset"]["product_minus_baseline"].items():
        parts = []
        for kind in ("auroc", "auprc"):
            low, high = each[f"{kind}_interval"]
            parts.append(f"{kind.upper()} {each[kind]:+.3f} ({low:+.2f} to {high:+.2f})")
        found.append(f"{name}: {', '.join(parts)}")
    return "Onset, untrained product minus baseline: " + "; ".join(found) + "."


def _calibration(mail: Results) -> str:
    models = mail["targets"]["unsolicited_onset"]["models"]
    return (
        "![Calibration](evaluation/calibration.svg)\n\n"
        f"Untrained, the probabilities are too low here (calibration error {_number(models[PRODUCT]['ece'])}); after "
        f"learning from the weeks before it is {_number(models['product, learnt']['ece'])}. The contributions of the "
        f"factors sum to the log-hazard to {mail['largest_error_of_contributions']:.0e}."
    )


def _ticket_text(tickets: Results) -> str:
    up, promise = tickets["ticket_goes_up"], tickets["ticket_misses_promise"]
    return (
        f"Incidents of a vehicle maker: {up['moments']:,} moments of {up['tickets']:,} tickets in {up['weeks']} weeks, "
        "after every step of a ticket that can still go up. An IT service desk: "
        f"{promise['moments']:,} incidents in {promise['weeks']} weeks, four hours after each was opened. Models learn "
        "from what was known when a week began. The riskiest fifth of each week is reviewed: chance finds .20 of what "
        "came true. The default weights of ticket hazard are round numbers that were set after looking at the first "
        "log as a whole. The learnt ones start there and see only earlier weeks."
    )


def _ticket_rows(tickets: Results) -> Iterable[list[str]]:
    yield ["recall when a fifth is reviewed (AUROC)", *_TICKETS.values()]
    yield ["base rate", *(f"{tickets[each]['positives'] / tickets[each]['moments']:.1%}" for each in _TICKETS)]
    for name in SHOWN:
        cells = [tickets[target]["models"].get(name) for target in _TICKETS]
        bold = "**" if name.startswith("product") else ""
        yield [
            f"{bold}{name}{bold}",
            *(
                f"{_number(each['recall_at_20_percent'])} ({_number(each['auroc'], 2)})" if each else "-"
                for each in cells
            ),
        ]
