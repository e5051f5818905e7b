// Everything about one subject: each reading with what it rests on, and the history of one signal.

import { history } from "./chart.js";
import { badge, choice, el, field, problemBox, status } from "./elements.js";
import { moving, range, rest } from "./factors.js";
import { allSignals, askNames, personName, signalOf, signalsOf } from "./reference_data.js";
import { selection } from "./lists.js";
import { pair } from "./relationships.js";
import { chain } from "./risks.js";
import { figures } from "./readings.js";
import { askOfPeople } from "./session.js";
import { bandWords, dayText, measured, toneOf, weekText } from "./words.js";

export const TITLE = "History and evidence";
const MOST_WEEKS = 200;
const EDGES = 34; // of a card, pixels

export async function show(place, parameters) {
  const name = parameters.get("name") ?? "";
  const signal = signalOf(parameters.get("signal")) ?? signalsOf(name.split(":")[0]).at(-1) ?? allSignals()[0];
  place.append(status("Loading…"));
  // Both at once, whatever is found: one request must not tell what came of another.
  const subject = encodeURIComponent(name);
  const [evidence, past] = await Promise.allSettled([
    askOfPeople(`/v1/subjects/${subject}/evidence`),
    askOfPeople(`/v1/subjects/${subject}/history`, { parameters: { signal: signal.name, limit: MOST_WEEKS } }),
  ]);
  if (!place.isConnected) return;
  try {
    place.replaceChildren(
      ...(evidence.status === "rejected"
        ? [problemBox(evidence.reason)]
        : found(evidence.value.content, { past, name, signal, width: place.clientWidth })),
    );
  } finally {
    askNames();
  }
}

function found(content, { past, name, signal, width }) {
  const chosen = content.data.find((each) => each.signal === signal.name);
  const others = content.data.filter((each) => each !== chosen).toReversed();
  return [
    el("h2", {}, who(content)),
    drawn(past, { name, signal, readings: content.data, width }),
    chosen ? el("section", { class: "card" }, el("h3", {}, chosen.title), whole(chosen, content.people)) : "",
    ...others.map((each) => folded(each, content.people)),
  ];
}

function who({ kind, people, subject }) {
  if (kind === "pair") return pair(people);
  if (kind !== "chain") return people.length ? people.map(personName) : [subject];
  const [person, leader, above] = people;
  return chain({ person, leader, skip_leader: above });
}

function drawn(past, { name, signal, readings, width }) {
  const signals = readings.map((each) => [each.signal, each.title]);
  return el(
    "section",
    { class: "card" },
    el("h3", {}, `History: ${signal.title}`),
    selection("subject", [field("Signal", choice("signal", signals, signal.name))], (given) => ({ name, ...given })),
    past.status === "rejected"
      ? problemBox(past.reason)
      : history(past.value.content.data, signal, { width: width - EDGES }),
  );
}

function folded(reading, people) {
  const { unit, bands } = signalOf(reading.signal);
  const head = [
    el("h3", {}, reading.title),
    el("strong", { class: "value" }, measured(reading.value, unit)),
    badge(bandWords(reading.band), toneOf(reading.band, { bands })),
  ];
  return el("details", { class: "card reading" }, el("summary", {}, head), whole(reading, people));
}

/** Everything that a reading rests on. */
function whole(reading, people) {
  const signal = signalOf(reading.signal);
  const ends = range(reading);
  const { days, start, end } = reading.window;
  return el(
    "div",
    {},
    figures(reading, signal),
    ends
      ? el(
          "p",
          { class: "quiet" },
          `80% band: ${measured(ends[0], reading.unit)} to ${measured(ends[1], reading.unit)}`,
        )
      : null,
    el("p", { class: "try" }, el("b", {}, "Try: "), reading.action.text),
    el("h4", {}, "What moved it"),
    moving(reading, { worseWhen: signal.worse_when, people, all: true }),
    rest(reading, people),
    el("p", {}, el("b", {}, "It means. "), reading.meaning),
    el("p", {}, el("b", {}, "It does not mean. "), reading.caution),
    el(
      "p",
      { class: "quiet" },
      `${weekText(reading.week)}; ${days} days from ${dayText(start)} to ${dayText(end)}; `,
      `model ${reading.model_version}`,
    ),
  );
}
