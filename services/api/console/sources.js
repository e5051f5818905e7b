// How much of what comes in is about people who are known, by source: for those who operate and those who analyse.

import { badge, el, facts } from "./elements.js";
import { list } from "./lists.js";
import { ask } from "./session.js";
import { minuteText } from "./words.js";

export const TITLE = "Sources";
const LOW = 80; // a few outsiders and machines are in every company's mail

export async function show(place) {
  const sources = el("section", {});
  place.append(
    el(
      "p",
      { class: "lead" },
      "How many in a hundred events are about people who are known. Events about nobody count for nothing: where the " +
        "share is low, ",
      el("code", {}, "bellwether doctor data"),
      " says what to do.",
    ),
    sources,
  );
  await list(sources, {
    read: async () => ({ data: (await ask("/v1/sources")).content.data, next_cursor: null }),
    card: source,
    empty: "Nothing is measured yet: that takes a hundred events of ten accounts.",
  });
}

function source({ source, known_percent: percent, measured_at: at }) {
  return el(
    "article",
    { class: "card" },
    el("h2", {}, source, " ", badge(`${percent} %`, percent < LOW ? "watch" : "good")),
    facts([["Measured", minuteText(at)]]),
  );
}
