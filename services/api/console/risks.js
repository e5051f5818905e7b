// Escalation risks: chains of a person, their leader and their leader's leader, highest risk first.

import { choice, el, field } from "./elements.js";
import { personName, personTeam, signalsOf, teamOptions } from "./reference_data.js";
import { filters, list, weekInput } from "./lists.js";
import { card, meaning } from "./readings.js";
import { askOfPeople } from "./session.js";
import { bandOptions } from "./words.js";

export const TITLE = "Escalation risks";
const HORIZONS = [
  ["14", "In 14 days"],
  ["28", "In 28 days"],
];

export async function show(place, parameters) {
  const horizon = parameters.get("horizon") ?? "14";
  const signal = signalsOf("chain").find((each) => each.name.endsWith(`_${horizon}d`)) ?? signalsOf("chain").at(-1);
  place.append(
    el(
      "p",
      { class: "lead" },
      "How likely it is that a person takes something to their leader’s leader on their own account. Highest " +
        "first; only chains that you may see.",
    ),
    meaning(signal),
    filters("risks", fields(parameters, horizon, signal), { parameters, translate: inShares }),
  );
  await list(place, {
    read: async (page) => {
      const wanted = { ...Object.fromEntries(parameters), horizon, ...page };
      return (await askOfPeople("/v1/escalation-risks", { parameters: wanted })).content;
    },
    card: (row) => card(row, { who: chain(row) }),
    empty: "No escalation risk here that you may see. Try other filters or another week.",
    ofPeople: true,
  });
}

/** A chain in one line. */
export function chain(row) {
  return [
    personName(row.person),
    personTeam(row.person),
    el("small", { class: "line" }, "leader ", personName(row.leader), ", above them ", personName(row.skip_leader)),
  ];
}

function fields(parameters, horizon, signal) {
  const least = Number(parameters.get("min_value") ?? 0);
  const lowest = el("input", {
    type: "number",
    name: "min_value",
    min: 0,
    max: 100,
    step: 1,
    value: least ? Math.round(100 * least) : "",
  });
  return [
    field("Horizon", choice("horizon", HORIZONS, horizon)),
    field("Band", choice("band", bandOptions(signal), parameters.get("band") ?? "")),
    field("Team", choice("team", teamOptions(), parameters.get("team") ?? "")),
    field("At least, %", lowest),
    field("Week (empty: now)", weekInput(parameters.get("as_of") ?? "")),
  ];
}

const inShares = (given) => ({ ...given, min_value: given.min_value ? String(Number(given.min_value) / 100) : "" });
