// Alerts: risks that stood out at the end of a week, the latest first.

import { badge, choice, el, field } from "./elements.js";
import { actionText, personKey, teamOptions } from "./reference_data.js";
import { address, filters, list } from "./lists.js";
import { chain } from "./risks.js";
import { askOfPeople } from "./session.js";
import { capital, dayText, ENDED, percent, said, STATES, VERDICTS } from "./words.js";

const withKey = (given) => ({ ...given, person: personKey(given.person) });
export const TITLE = "Alerts";
const TONES = { open: "watch", acknowledged: "good", snoozed: "none", resolved: "good", suppressed: "none" };

export async function show(place, parameters) {
  place.append(
    el(
      "p",
      { class: "lead" },
      "Escalation risks that stood out at the end of a week. Take one up, put it aside, or say what came of it.",
    ),
    filters("alerts", fields(parameters), { parameters, translate: withKey }),
  );
  await list(place, {
    read: async (page) => {
      const wanted = { ...Object.fromEntries(parameters), ...page };
      return (await askOfPeople("/v1/alerts", { parameters: wanted })).content;
    },
    card,
    empty: "No alert here that you may see.",
    ofPeople: true,
  });
}

function card(row) {
  return el(
    "article",
    { class: "card" },
    el("h2", {}, chain(row)),
    standing(row),
    el("p", { class: "try" }, el("b", {}, "Try: "), actionText(row.action)),
    el(
      "p",
      {},
      el("a", { href: address("alert", { id: row.alert }) }, "Open the alert"),
      el("span", { class: "quiet" }, ` raised ${dayText(row.raised_at)}`),
    ),
  );
}

/** The state of an alert, the risk, and what was said of it. */
export function standing(row) {
  const ended = row.ended === null ? "" : `: ${said(ENDED, row.ended)}`;
  return el(
    "p",
    { class: "figures" },
    el("strong", { class: "value" }, percent(row.latest.value)),
    badge(said(STATES, row.state), TONES[row.state] ?? "none"),
    el("span", { class: "quiet" }, `${percent(row.value)} when raised${ended}`),
    row.verdict === null ? null : el("span", { class: "quiet" }, said(VERDICTS, row.verdict)),
  );
}

function fields(parameters) {
  const states = Object.entries(STATES).map(([state, words]) => [state, capital(words)]);
  const person = el("input", { name: "person", value: parameters.get("person") ?? "", autocomplete: "off" });
  return [
    field("State", choice("state", [["", "All but suppressed"], ...states], parameters.get("state") ?? "")),
    field("Verdict", choice("verdict", [["", "All"], ...Object.entries(VERDICTS)], parameters.get("verdict") ?? "")),
    field("Team", choice("team", teamOptions(), parameters.get("team") ?? "")),
    field("Person", person, "Name, HR id or key"),
  ];
}
