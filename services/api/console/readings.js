// Parts that show a reading: its value with band and confidence, and what its signal means.

import { badge, el, problemBox, status } from "./elements.js";
import { moving } from "./factors.js";
import { actionText, signalOf } from "./reference_data.js";
import { address } from "./lists.js";
import { askOfPeople } from "./session.js";
import { bandWords, measured, minuteText, percent, toneOf } from "./words.js";

/** Value, band and confidence in one line. */
export function figures(reading, signal) {
  return el(
    "p",
    { class: "figures" },
    el("strong", { class: "value" }, measured(reading.value, signal.unit)),
    badge(bandWords(reading.band), toneOf(reading.band, signal)),
    el("span", { class: "quiet" }, `confidence ${percent(reading.confidence)}`),
  );
}

/** What a signal means and what not; nobody should read a value without. */
export function meaning(signal) {
  return el(
    "details",
    { class: "meaning" },
    el("summary", {}, `What “${signal.title}” means, and what it does not`),
    el("p", {}, el("b", {}, "It means. "), signal.meaning),
    el("p", {}, el("b", {}, "It does not mean. "), signal.caution),
    el("p", {}, el("b", {}, "Confidence"), " is the share of the evidence that is their own, and not what is usual."),
  );
}

/** A card of a list: who, the reading, what to try, and why on request, as that is another look at these people. */
export function card(row, { who }) {
  const signal = signalOf(row.signal);
  return el(
    "article",
    { class: "card" },
    el("h2", {}, who),
    figures(row, signal),
    el("p", { class: "try" }, el("b", {}, "Try: "), actionText(row.action)),
    why(row, signal),
    el(
      "p",
      {},
      el("a", { href: address("subject", { name: row.subject, signal: row.signal }) }, "History and evidence"),
      el("span", { class: "quiet" }, ` as of ${minuteText(row.as_of)}`),
    ),
  );
}

function why(row, signal) {
  const told = el("div", { class: "why" });
  const details = el("details", {}, el("summary", {}, "Why"), told);
  details.addEventListener("toggle", async () => {
    if (!details.open || told.childElementCount) return;
    told.replaceChildren(status("Loading…"));
    try {
      const subject = encodeURIComponent(row.subject);
      const { content } = await askOfPeople(`/v1/subjects/${subject}/evidence`, { parameters: { signal: row.signal } });
      const [reading] = content.data;
      told.replaceChildren(
        moving(reading, { worseWhen: signal.worse_when, people: content.people }),
        el("p", { class: "try" }, el("b", {}, "Try: "), reading.action.text),
      );
    } catch (problem) {
      told.replaceChildren(problemBox(problem));
    }
  });
  return details;
}
