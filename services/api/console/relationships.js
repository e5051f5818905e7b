// Relationships: pairs of people, those that need attention first.

import { choice, el, field } from "./elements.js";
import { personKey, personName, signalOf, signalsOf, teamOptions } from "./reference_data.js";
import { filters, list, weekInput } from "./lists.js";
import { card, meaning } from "./readings.js";
import { askOfPeople } from "./session.js";
import { bandOptions } from "./words.js";

const withKey = (given) => ({ ...given, person: personKey(given.person) });
export const TITLE = "Relationships";

export async function show(place, parameters) {
  const signal = signalOf(parameters.get("signal")) ?? signalsOf("pair").at(-1);
  place.append(
    el(
      "p",
      { class: "lead" },
      "How well working relationships are kept up, as traces of work show it. Those that need attention first; only " +
        "pairs that you may see.",
    ),
    meaning(signal),
    filters("relationships", fields(parameters, signal), { parameters, translate: withKey }),
  );
  await list(place, {
    read: async (page) => {
      const wanted = { ...Object.fromEntries(parameters), signal: signal.name, ...page };
      return (await askOfPeople("/v1/relationships", { parameters: wanted })).content;
    },
    card: (row) => card(row, { who: pair(row.people) }),
    empty: "No relationship here that you may see. Try other filters or another week.",
    ofPeople: true,
  });
}

/** A pair in one line. */
export const pair = ([one, other]) => [personName(one), " and ", personName(other)];

function fields(parameters, signal) {
  const person = el("input", { name: "person", value: parameters.get("person") ?? "", autocomplete: "off" });
  return [
    field(
      "Signal",
      choice(
        "signal",
        signalsOf("pair").map((each) => [each.name, each.title]),
        signal.name,
      ),
    ),
    field("Band", choice("band", bandOptions(signal), parameters.get("band") ?? "")),
    field("Team", choice("team", teamOptions(), parameters.get("team") ?? "")),
    field("Person", person, "Name, HR id or key"),
    field("Week (empty: now)", weekInput(parameters.get("as_of") ?? "")),
  ];
}
