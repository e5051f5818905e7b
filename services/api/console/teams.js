// Teams: figures of groups as they were released, or the words that they are not shown.

import { badge, choice, el, facts, field, svg } from "./elements.js";
import { allSignals, signalOf, signalsOf, teamName, teamOptions } from "./reference_data.js";
import { filters, list, weekInput } from "./lists.js";
import { meaning } from "./readings.js";
import { ask } from "./session.js";
import { bandWords, measured, percent, toneOf, weekText } from "./words.js";

export const TITLE = "Teams";
const OF_GROUPS = "Figures of groups, never of fewer than five people. Once a week, as they were released.";

export async function show(place, parameters) {
  const signal = signalOf(parameters.get("signal")) ?? signalsOf("pair").at(-1);
  place.append(
    el("p", { class: "lead" }, OF_GROUPS),
    meaning(signal),
    filters("teams", fields(parameters, signal), { parameters }),
  );
  await list(place, {
    read: async (page) => {
      const wanted = { ...Object.fromEntries(parameters), signal: signal.name, ...page };
      return (await ask("/v1/teams", { parameters: wanted })).content;
    },
    card: (row) => team(row, signal),
    empty: "Nothing is released for these filters that you may see.",
  });
}

function fields(parameters, signal) {
  return [
    field(
      "Signal",
      choice(
        "signal",
        allSignals().map((each) => [each.name, each.title]),
        signal.name,
      ),
    ),
    field("Team", choice("team", teamOptions(), parameters.get("team") ?? "")),
    field("Week (empty: latest)", weekInput(parameters.get("as_of") ?? "")),
  ];
}

function team(row, signal) {
  const name = row.cohort === "organisation" ? "The whole organisation" : (row.name ?? row.cohort);
  const heading = el("h2", {}, name, row.parent ? el("small", {}, ` in ${teamName(row.parent)}`) : null);
  if (row.suppressed) {
    return el(
      "article",
      { class: "card withheld" },
      heading,
      el(
        "p",
        {},
        badge("not shown", "none"),
        " Too few people, or a smaller group could be worked out from it. That says nothing about how it is.",
      ),
    );
  }
  const shares = signal.bands
    .map((each) => each.name)
    .concat("insufficient")
    .map((band) => [band, row.bands[band] ?? 0])
    .filter(([, share]) => share > 0);
  return el(
    "article",
    { class: "card" },
    heading,
    el(
      "p",
      { class: "figures" },
      el("strong", { class: "value" }, measured(row.mean, signal.unit)),
      el("span", { class: "quiet" }, "mean"),
    ),
    stacked(shares, signal),
    el(
      "ul",
      { class: "shares" },
      shares.map(([band, share]) => el("li", {}, badge(bandWords(band), toneOf(band, signal)), ` ${percent(share)}`)),
    ),
    facts([
      ["People", `at least ${row.people}`],
      ["Week", weekText(row.week).replace("week ", "")],
    ]),
  );
}

function stacked(shares, signal) {
  // Shares are rounded to steps of 5%, so they may sum to a little more or less.
  const whole = shares.reduce((sum, [, share]) => sum + share, 0);
  let left = 0;
  const parts = shares.map(([band, share]) => {
    const part = svg("rect", {
      class: toneOf(band, signal),
      x: (100 * left) / whole,
      width: (100 * share) / whole,
      height: 6,
    });
    left += share;
    return part;
  });
  return svg(
    "svg",
    { class: "stacked", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    parts,
  );
}
