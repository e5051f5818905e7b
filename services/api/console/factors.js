// The factors of a reading in words: what moved it, by how much, and what it would be without.

import { el, svg } from "./elements.js";
import { personName, signalOf } from "./reference_data.js";
import { capital, measured, number, percent, said, signed } from "./words.js";

const START = new Set(["typical", "base_rate"]);
const ENDS = ["low_80", "high_80"];
const SHOWN = 5;
const LEAST = 0.005; // what rounds to nothing moves nothing

const WORDS = {
  acknowledged_first: "acknowledged before adding",
  acknowledgements_lost: "acknowledgements that stopped",
  already_in_touch: "already in touch with the leader's leader",
  answered: "asks answered",
  ask_volume: "asks to the leader",
  cancelled: "one-to-ones called off",
  dropped: "asks dropped",
  dropped_asks: "asks that were dropped",
  initiated: "contacts started",
  initiation_balance: "balance of who starts contact",
  kept: "one-to-ones kept",
  norm_weight: "weight of what is usual",
  nudges: "reminders of the same ask",
  one_on_one: "one-to-ones",
  one_on_ones_called_off: "one-to-ones called off",
  one_on_ones_held: "one-to-ones held",
  one_on_ones_missed: "weeks since a one-to-one that should have been",
  open_asks: "asks that wait for an answer",
  oldest_open_days: "age of the oldest open ask, days",
  ordinary_unanswered: "asks that usually stay unanswered",
  other_language: "messages in a language that is not read",
  overdue: "one-to-one overdue",
  parked_asks: "asks that were put off",
  reply_hours: "hours until a reply",
  reply_hours_median: "hours until a reply, median",
  reply_hours_p90: "hours until a reply, nine of ten",
  reply_rate: "asks answered",
  rough_tickets: "tickets with friction",
  shared_at_own_level: "work under a common goal",
  shared_one_level_higher: "work under a common goal one level higher",
  unheard_load: "asks that wait or were dropped",
  unsolicited: "contacts with the leader's leader on own account",
  unsolicited_rate: "earlier contact with the leader's leader on own account",
  waiting_hours: "hours that asks have waited",
};

const SHARES = new Set([
  "acknowledged_first",
  "answered",
  "kept",
  "relational_share",
  "reply_rate",
  "shared_at_own_level",
  "shared_one_level_higher",
]);

const OF_ONE = /_(by|to|for|of)_(first|second)$/;
const HEARD = /^(first|second)_heard_by_(first|second)$/;

/** A factor's name in words; where it is about one of a pair, with their name. */
function named({ name }, reading, people) {
  const signal = otherSignal(name, reading);
  if (signal) return [signal.title];
  const who = (which) => personName(people[which === "first" ? 0 : 1] ?? "");
  const heard = HEARD.exec(name);
  if (heard) return [who(heard[1]), " heard by ", who(heard[2])];
  const one = OF_ONE.exec(name);
  const words = capital(said(WORDS, baseOf(name)));
  return one ? [`${words} (${one[1]} `, who(one[2]), ")"] : [words];
}

const baseOf = (name) => name.replace(OF_ONE, "");

/** The signal that a factor is, in a reading that is made of others. */
const otherSignal = (name, reading) => (name === reading.signal ? undefined : signalOf(name));

/** What a factor measured, and over how much where that says more. */
function valued(factor, reading) {
  const signal = otherSignal(factor.name, reading);
  const plainly = SHARES.has(baseOf(factor.name)) ? percent(factor.value) : number(factor.value);
  const value = signal ? measured(factor.value, signal.unit) : plainly;
  const over = factor.count > 0 && factor.count !== factor.value ? ` (of ${number(factor.count)} observed)` : "";
  return `: ${value}${over}`;
}

/** The ends of a reading's 80% band, where they are known. */
export function range(reading) {
  const [low, high] = ENDS.map((end) => reading.factors.find((each) => each.name === end)?.value);
  return low === undefined || high === undefined ? null : [low, high];
}

const moves = ({ name, contribution }) => Math.abs(contribution) >= LEAST && !START.has(name);

/** The factors that moved a reading, most first; `all` for every one and not just the first few. */
export function moving(reading, { worseWhen, people, all = false }) {
  const moved = reading.factors
    .filter(moves)
    .sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
  if (moved.length === 0) return el("p", {}, "Nothing moved it from where it starts.");
  const most = Math.abs(moved[0].contribution);
  const rows = moved
    .slice(0, all ? moved.length : SHOWN)
    .map((each) => row(each, { reading, worseWhen, people, most }));
  return el("ul", { class: "factors" }, rows);
}

function row(factor, { reading, worseWhen, people, most }) {
  const raises = factor.contribution > 0;
  const worse = raises === (worseWhen === "larger");
  const without =
    factor.what_if === null ? "" : `; were this as usual, it would be ${measured(factor.what_if, reading.unit)}`;
  return el(
    "li",
    { class: worse ? "worse" : "good" },
    el("span", { class: "what" }, named(factor, reading, people), valued(factor, reading)),
    bar(Math.abs(factor.contribution) / most),
    el("span", { class: "effect" }, `${raises ? "raises" : "lowers"} it (${signed(factor.contribution)})${without}`),
  );
}

function bar(part) {
  const width = Math.max(2, 100 * part);
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "rest", width: 100, height: 6 }),
    svg("rect", { class: "part", width, height: 6 }),
  );
}

/** Everything that was measured and moved nothing, for whoever wants to know. */
export function rest(reading, people) {
  const still = reading.factors.filter((each) => !moves(each) && !ENDS.includes(each.name));
  if (still.length === 0) return null;
  return el(
    "details",
    {},
    el("summary", {}, "Everything else that was measured"),
    el(
      "ul",
      { class: "plain" },
      still.map((each) => el("li", {}, named(each, reading, people), valued(each, reading))),
    ),
  );
}
