// What concerns whoever is signed in, and who looked at them.

import { el, facts, problemBox, status } from "./elements.js";
import { actionText, personName, signalOf } from "./known.js";
import { figures } from "./readings.js";
import { ask } from "./session.js";
import { minuteText, OPERATIONS, OWN_PURPOSE, PURPOSES, said } from "./words.js";

export const TITLE = "My own";

export async function show(place) {
  place.append(el("p", { class: "lead" }, "What Bellwether holds about your own working relationships, and who looked at you."));
  await Promise.all([
    part(place, "Who looked at you", { read: looks, empty: "Nobody has read about you." }),
    part(place, "Your readings", { read: readings, empty: "There is no reading about you yet." }),
  ]);
}

async function part(place, title, { read, empty }) {
  const section = el("section", {}, el("h2", {}, title), status("Loading…"));
  place.append(section);
  try {
    const items = await read();
    section.lastChild.replaceWith(items.length ? el("ol", { class: "cards" }, items.map((each) => el("li", {}, each))) : status(empty));
  } catch (problem) {
    section.lastChild.replaceWith(problemBox(problem));
  }
}

async function looks() {
  const { content } = await ask("/v1/own/audit");
  return content.data.map((look) =>
    el("article", { class: "card" }, facts([
      ["When", minuteText(look.at)],
      ["What", said(OPERATIONS, look.operation)],
      ["What for", look.purpose === OWN_PURPOSE ? "one’s own data" : said(PURPOSES, look.purpose)],
      ["By", look.reader],
      ["Rows about you", String(look.rows)],
    ])),
  );
}

async function readings() {
  const { content } = await ask("/v1/own/readings", { purpose: OWN_PURPOSE });
  return content.data.map((row) => {
    const signal = signalOf(row.signal);
    return el(
      "article",
      { class: "card" },
      el("h3", {}, signal.title, el("small", { class: "line" }, row.people.flatMap((key, place) => [place ? " and " : "", personName(key)]))),
      figures(row, signal),
      el("p", { class: "try" }, el("b", {}, "Try: "), actionText(row.action)),
    );
  });
}
