// What concerns whoever is signed in, and who looked at them.

import { el, facts, field, problemBox, status } from "./elements.js";
import { actionText, personName, signalOf } from "./known.js";
import { selection, weekInput } from "./lists.js";
import { figures } from "./readings.js";
import { ask } from "./session.js";
import { minuteText, OPERATIONS, OWN_PURPOSE, PURPOSES, said } from "./words.js";

export const TITLE = "My own";

export async function show(place, parameters) {
  place.append(
    el("p", { class: "lead" }, "What Bellwether holds about your own working relationships, and who looked at you."),
  );
  await Promise.all([
    part(place, "Who looked at you", { read: looks, empty: "Nobody has read about you." }),
    part(place, "Your readings", {
      controls: selection("own", [field("Week (empty: now)", weekInput(parameters.get("as_of") ?? ""))]),
      read: () => readings(parameters.get("as_of")),
      empty: "There is no reading about you here.",
    }),
  ]);
}

async function part(place, title, { controls = null, read, empty }) {
  const section = el("section", {}, el("h2", {}, title), controls, status("Loading…"));
  place.append(section);
  try {
    const items = await read();
    section.lastChild.replaceWith(
      items.length
        ? el(
            "ol",
            { class: "cards", role: "list" },
            items.map((each) => el("li", {}, each)),
          )
        : status(empty),
    );
  } catch (problem) {
    section.lastChild.replaceWith(problemBox(problem));
  }
}

async function looks() {
  const { content } = await ask("/v1/own/audit");
  return content.data.map((look) =>
    el(
      "article",
      { class: "card" },
      facts([
        ["When", minuteText(look.at)],
        ["What", said(OPERATIONS, look.operation)],
        ["What for", look.purpose === OWN_PURPOSE ? "one’s own data" : said(PURPOSES, look.purpose)],
        ["By", look.reader],
        ["Rows about you", String(look.rows)],
      ]),
    ),
  );
}

async function readings(week) {
  const { content } = await ask("/v1/own/readings", { purpose: OWN_PURPOSE, parameters: { as_of: week } });
  return content.data.map((row) => {
    const signal = signalOf(row.signal);
    return el(
      "article",
      { class: "card" },
      el(
        "h3",
        {},
        signal.title,
        el(
          "small",
          { class: "line" },
          row.people.flatMap((key, place) => [place ? " and " : "", personName(key)]),
        ),
      ),
      figures(row, signal),
      el("p", { class: "try" }, el("b", {}, "Try: "), actionText(row.action)),
    );
  });
}
