// What concerns whoever is signed in, and who looked at them.

import { el, field } from "./elements.js";
import { actionText, allSignals, personName, signalOf } from "./reference_data.js";
import { list, selection, weekInput } from "./lists.js";
import { figures } from "./readings.js";
import { ask } from "./session.js";
import { capital, minuteText, OPERATIONS, OWN_PURPOSE, PURPOSES, said } from "./words.js";

export const TITLE = "My own";
const SHOWN = 20;

export async function show(place, parameters) {
  const week = parameters.get("as_of") ?? "";
  const readings = el("section", {}, el("h2", {}, "Your readings"));
  const looks = el("section", {}, el("h2", {}, "Who looked at you"));
  readings.append(selection("own", [field("Week (empty: now)", weekInput(week))]));
  place.append(
    el("p", { class: "lead" }, "What Bellwether holds about your own working relationships, and who looked at you."),
    readings,
    looks,
  );
  await Promise.all([
    list(readings, {
      read: parted(async () => byImportance((await ownReadings(week)).content.data)),
      card: reading,
      empty: "There is no reading about you here.",
      ofPeople: true,
    }),
    list(looks, {
      read: parted(async () => (await ask("/v1/own/audit")).content.data),
      card: look,
      empty: "Nobody has read about you.",
    }),
  ]);
}

const ownReadings = (week) => ask("/v1/own/readings", { purpose: OWN_PURPOSE, parameters: { as_of: week } });

/** Pages of what the API answers at once. */
function parted(readAll) {
  let all = null;
  return async ({ cursor }) => {
    all ??= await readAll();
    const from = cursor ?? 0;
    const upto = from + SHOWN;
    return { data: all.slice(from, upto), next_cursor: upto < all.length ? upto : null };
  };
}

/** Signals that are made of others first. */
function byImportance(rows) {
  const order = allSignals().map((each) => each.name);
  return rows.toSorted((one, other) => order.indexOf(other.signal) - order.indexOf(one.signal));
}

function look({ at, operation, purpose, reader, rows }) {
  const purposes = { ...PURPOSES, [OWN_PURPOSE]: "reading one’s own data" };
  return el(
    "article",
    { class: "card" },
    el("p", {}, el("b", {}, capital(said(OPERATIONS, operation))), `, for: ${said(purposes, purpose)}`),
    el("p", { class: "quiet" }, `${minuteText(at)}, by ${reader}; rows about you: ${rows}`),
  );
}

function reading(row) {
  const signal = signalOf(row.signal);
  const people = row.people.flatMap((key, place) => [place ? " and " : "", personName(key)]);
  return el(
    "article",
    { class: "card" },
    el("h3", {}, signal.title, el("small", { class: "line" }, people)),
    figures(row, signal),
    el("p", { class: "try" }, el("b", {}, "Try: "), actionText(row.action)),
  );
}
