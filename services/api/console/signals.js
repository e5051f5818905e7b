// The catalogue: what every signal means, and what it does not.

import { badge, el, facts } from "./elements.js";
import { allSignals } from "./reference_data.js";
import { bandWords, KINDS, measured, said, toneOf } from "./words.js";

export const TITLE = "Signals";

export async function show(place) {
  place.append(
    el(
      "p",
      { class: "lead" },
      "What is computed, what it means, and what it does not mean. There is no score of emotion anywhere.",
    ),
    el(
      "ol",
      { class: "cards", role: "list" },
      allSignals().map((signal) => el("li", {}, described(signal))),
    ),
  );
}

function described(signal) {
  return el(
    "article",
    { class: "card" },
    el("h2", {}, signal.title, el("small", {}, ` about ${said(KINDS, signal.kind)}`)),
    el("p", {}, el("b", {}, "It means. "), signal.meaning),
    el("p", {}, el("b", {}, "It does not mean. "), signal.caution),
    el("p", { class: "try" }, el("b", {}, "It suggests. "), signal.action.text),
    el("ul", { class: "shares" }, bands(signal)),
    el(
      "details",
      {},
      el("summary", {}, "How it is made"),
      facts([
        ["Formula", signal.formula],
        ["Made from", `${signal.inputs.join("; ")}.`],
        ["Over", `${signal.window_days} days`],
        ["Least", `${signal.least_observations} observations; with fewer there is not enough evidence`],
        ["Evidence", signal.evidence],
        ["Source", signal.source],
      ]),
    ),
  );
}

function bands(signal) {
  const [inside, beyond] = signal.worse_when === "smaller" ? ["from", "below"] : ["up to", "above"];
  let last = null;
  return signal.bands.map(({ name, limit }) => {
    const range = limit === null ? [beyond, last] : [inside, limit];
    last = limit;
    return el(
      "li",
      {},
      badge(bandWords(name), toneOf(name, signal)),
      range[1] === null ? "" : ` ${range[0]} ${measured(range[1], signal.unit)}`,
    );
  });
}
