// One alert with its history, and what can be done with it. A change names the version that was seen.

import { standing } from "./alerts.js";
import { choice, el, facts, field, problemBox, status } from "./elements.js";
import { actionText, askNames, signalOf } from "./reference_data.js";
import { address } from "./lists.js";
import { chain } from "./risks.js";
import { askOfPeople } from "./session.js";
import { capital, minuteText, percent, plain, said, VERDICTS } from "./words.js";

export const TITLE = "Alert";

export async function show(place, parameters) {
  const id = encodeURIComponent(parameters.get("id") ?? "");

  async function read() {
    place.replaceChildren(status("Loading…"));
    try {
      showAlert(await askOfPeople(`/v1/alerts/${id}`), "");
    } catch (problem) {
      place.replaceChildren(problemBox(problem));
    }
    if (place.isConnected) askNames();
  }

  function showAlert({ content, version }, done) {
    const outcome = status(done);
    const act = async (path, words, options = {}) => {
      outcome.replaceChildren("Working…");
      try {
        showAlert(await askOfPeople(path, { method: "POST", version, ...options }), words);
      } catch (problem) {
        outcome.replaceChildren(problemBox(problem), el("button", { type: "button", onclick: read }, "Read it again"));
      }
    };
    const todo = el(
      "section",
      { class: "card" },
      el("h3", {}, "What to do with it"),
      outcome,
      actions(content, id, act),
    );
    place.replaceChildren(...told(content), todo, past(content));
  }

  await read();
}

function told(alert) {
  return [
    el("h2", {}, chain(alert)),
    standing(alert),
    el("p", { class: "try" }, el("b", {}, "Try: "), actionText(alert.action)),
    facts([
      ["Signal", signalOf(alert.signal)?.title ?? alert.signal],
      ["Raised", minuteText(alert.raised_at)],
      ["Latest", `${percent(alert.latest.value)} in ${alert.latest.week}`],
      ["Confidence", percent(alert.confidence)],
      ["Asleep until", asleep(alert.snooze)],
    ]),
    el(
      "p",
      {},
      el("a", { href: address("subject", { name: alert.subject, signal: alert.signal }) }, "History and evidence"),
    ),
  ];
}

function asleep(snooze) {
  if (snooze === null) return null;
  if (snooze.until !== null) return minuteText(snooze.until);
  return snooze.evidence_at === null ? "there is new evidence" : `the risk reaches ${percent(snooze.evidence_at)}`;
}

function actions(alert, id, act) {
  const { state, ended } = alert;
  if (state === "suppressed") return el("p", {}, "It was withheld and told to nobody: there is nothing to do.");
  const button = (words, path, done) => el("button", { type: "button", onclick: () => act(path, done) }, words);
  return el(
    "div",
    { class: "actions" },
    ended || state === "acknowledged"
      ? null
      : button("Acknowledge", `/v1/alerts/${id}/acknowledge`, "Acknowledged: you look after it."),
    ended || state === "resolved" ? null : button("Resolve", `/v1/alerts/${id}/resolve`, "Resolved."),
    ended || state === "resolved" ? null : snooze(id, act),
    verdict(alert, id, act),
  );
}

function snooze(id, act) {
  const until = field(
    "Until",
    el("input", { type: "date", name: "until" }),
    "Without a day, until the risk is a quarter higher",
  );
  return form("Snooze", until, (given) => {
    const body = given.until ? { until: `${given.until}T08:00:00Z` } : {};
    return act(`/v1/alerts/${id}/snooze`, "Put aside.", { body });
  });
}

function verdict(alert, id, act) {
  const verdicts = field("Verdict", choice("verdict", Object.entries(VERDICTS), alert.verdict ?? ""));
  return form("Say what came of it", verdicts, (given) =>
    act(`/v1/alerts/${id}/verdict`, "Your verdict is recorded.", { method: "PUT", body: { verdict: given.verdict } }),
  );
}

function form(words, fields, submit) {
  const made = el("form", {}, fields, el("button", { type: "submit" }, words));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(Object.fromEntries(new FormData(made)));
  });
  return made;
}

function past(alert) {
  const lines = alert.history.map((each) =>
    el(
      "li",
      {},
      el("b", {}, capital(plain(each.kind))),
      ` ${minuteText(each.at)}, by ${each.actor ?? "the rule"}`,
      more(each.detail),
    ),
  );
  const told = lines.length ? el("ul", { class: "plain" }, lines) : el("p", {}, "Nothing yet.");
  return el("section", { class: "card" }, el("h3", {}, "What happened"), told);
}

function more({ value, until, verdict }) {
  if (typeof value === "number") return `: ${percent(value)}`;
  if (typeof until === "string") return `: until ${minuteText(until)}`;
  return verdict === undefined ? "" : `: ${said(VERDICTS, verdict)}`;
}
