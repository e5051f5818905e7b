// Words for what the API says in keys. Tests compare the closed lists here with those of the API.

export const PURPOSES = {
  "relationship-support": "Supporting a working relationship",
  "escalation-prevention": "Preventing an escalation",
  "data-subject-request": "Answering a person's request about their data",
};

export const OWN_PURPOSE = "own-data";

export const STATES = {
  open: "open",
  acknowledged: "acknowledged",
  snoozed: "snoozed",
  resolved: "resolved",
  suppressed: "suppressed",
};

export const VERDICTS = {
  helpful: "Helpful: there was something to do",
  "already-handled": "Already handled: it was so, and known",
  "planned-skip-level": "Planned: the talk was arranged",
  "not-a-concern": "Not a concern: it was not so",
};

export const ENDED = {
  cleared: "the risk has fallen",
  withdrawn: "late or corrected data: it would not have been raised",
};

export const CASE_STATES = {
  waiting: "waits for approval",
  open: "open",
  "break-glass": "the glass was broken",
  expired: "over",
  closed: "closed",
};

export const CASE_SUBJECTS = {
  person: "a person",
  leader: "the chains under a leader",
  unit: "a unit",
};

export const NOTIFY = {
  changes: "in weeks in which your list changed",
  always: "every week, so that silence means nothing",
};

export const OPERATIONS = {
  listRelationships: "list of relationships",
  listEscalationRisks: "list of escalation risks",
  readHistory: "history of a reading",
  readEvidence: "what a reading rests on",
  listOwnReadings: "own readings",
  listAlerts: "list of alerts",
  readAlert: "an alert",
  acknowledgeAlert: "acknowledging an alert",
  snoozeAlert: "snoozing an alert",
  resolveAlert: "resolving an alert",
  judgeAlert: "a verdict on an alert",
  breakGlass: "leave to read at once, which nobody had approved",
};

export const KINDS = {
  pair: "two people",
  chain: "a person, their leader and their leader's leader",
  ticket: "an open ticket",
  leader: "a leader",
  series: "a recurring meeting",
  team: "a team",
  organisation: "the whole organisation",
};

const INSUFFICIENT = "insufficient";

/** `snake_case` or `kebab-case` as words. */
export const plain = (text) => text.replaceAll(/[_-]/g, " ");

/** Words of a closed list, or the key itself for one that is newer than this page. */
export const said = (list, key) => (Object.hasOwn(list, key) ? list[key] : plain(key));

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

const digits = (most) => new Intl.NumberFormat("en", { maximumFractionDigits: most });
const share = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const smallShare = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** A number of no particular unit, to three digits. */
export const number = (value) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value);

/** A share of one. */
export const percent = (value) => (value > 0 && value < 0.1 ? smallShare : share).format(value);

/** A value of a signal with its unit. */
export function measured(value, unit) {
  if (unit === "probability") return percent(value);
  return `${digits(value < 10 ? 1 : 0).format(value)} ${unit}`;
}

export const signed = (value) => (value < 0 ? "\u2212" : "+") + digits(2).format(Math.abs(value));
export const dayText = (instant) => day.format(new Date(instant));
export const minuteText = (instant) => `${minute.format(new Date(instant))} UTC`;
export const weekText = (week) => (week === "live" ? "now" : `week ${week}`);

/** How a band is coloured, by its place among the bands of its signal, best first. */
export function toneOf(band, signal) {
  const names = signal?.bands.map((each) => each.name) ?? [];
  if (band === INSUFFICIENT || !names.includes(band)) return "none";
  if (band === names[0]) return "good";
  return band === names.at(-1) ? "worse" : "watch";
}

export const bandWords = (band) => (band === INSUFFICIENT ? "not enough evidence" : plain(band));

/** The bands that a filter can ask for, as options. */
export const bandOptions = (signal) => [
  ["", "All"],
  ...[...signal.bands.map((each) => each.name), INSUFFICIENT].map((band) => [band, capital(bandWords(band))]),
];
