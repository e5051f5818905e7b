// What every view needs to know: the catalogue of signals, and what people and teams are called.
// The catalogue, teams and the beginning of the directory are asked for once, before anything about anybody is; further
// names once after every page of people. So how much is asked, and when, never follows from what was found.

import { el } from "./elements.js";
import { ask, signedIn } from "./session.js";

const PAGE_ROWS = 200; // and as many people may be asked for by key
const MOST_PAGES = { teams: 100, people: 5 };

let signals = [];
let people = new Map();
let teams = new Map();
let waiting = new Map(); // what to do once a person is known, by key
let asked = {}; // the requests for names, once they were made
let begun = 0; // how often somebody signed in: an answer to an earlier one is dropped

/** Asks for the catalogue, which every key may read: so it also tells whether a key is good. */
export async function loadCatalogue() {
  forgetAll();
  signals = (await ask("/v1/signals")).content.data;
}

export function forgetAll() {
  begun += 1;
  signals = [];
  people = new Map();
  teams = new Map();
  waiting = new Map();
  asked = {};
}

export const allSignals = () => signals;
export const signalOf = (name) => signals.find((each) => each.name === name);

/** Signals about a kind of subject. They build on each other, so the last one is made of the others. */
export const signalsOf = (kind) => signals.filter((each) => each.kind === kind);

/** What an action is in words, as far as the catalogue has it. */
export function actionText(key) {
  return signals.find((each) => each.action.key === key)?.action.text ?? `${key.replaceAll("_", " ")}.`;
}

/** Asks for the names of teams, and is done once they are there. Keys that may not read them go on without. */
export const loadTeamNames = () => (asked.teams ??= loadTeams(begun));

/**
 * Begins to ask for the first of the directory: all of a small company, whose people can then be given by name. Names
 * appear where people are shown. Keys that may not read it go on without.
 */
export function loadPeopleNames() {
  asked.people ??= loadPeople(begun);
}

/**
 * Asks for the names of people who are shown by key, in one request; for once after every page of people, whether it
 * was found, empty or refused. With nobody new it asks for one row all the same: a request must not tell of anybody.
 */
export async function askNames() {
  if (!signedIn()) return;
  const mine = begun;
  const person = [...waiting.keys()].slice(-PAGE_ROWS).sort(); // not by risk: addresses may be logged on the way
  const limit = person.length ? PAGE_ROWS : 1;
  const answer = await ask("/v1/people", { parameters: { limit, person } }).catch(() => null);
  if (mine !== begun) return;
  if (answer) know(answer.content.data);
  for (const key of person) waiting.delete(key); // who is not in the directory stays a key
}

async function loadTeams(mine) {
  const parameters = { signal: signalsOf("pair").at(-1).name };
  for await (const page of pages("/v1/teams", parameters, MOST_PAGES.teams)) {
    if (mine !== begun) return;
    for (const each of page) teams.set(each.cohort, each.name ?? each.cohort);
  }
}

async function loadPeople(mine) {
  for await (const page of pages("/v1/people", {}, MOST_PAGES.people)) {
    if (mine !== begun) return;
    know(page);
  }
}

function know(rows) {
  for (const each of rows) {
    people.set(each.person, each);
    for (const fill of waiting.get(each.person) ?? []) fill();
    waiting.delete(each.person);
  }
}

function onceKnown(key, fill) {
  if (people.has(key)) fill();
  else if (key) waiting.set(key, [...(waiting.get(key) ?? []), fill]);
}

async function* pages(path, parameters, most) {
  let cursor = null;
  for (let page = 0; page < most; page += 1) {
    let content;
    try {
      ({ content } = await ask(path, { parameters: { ...parameters, limit: PAGE_ROWS, cursor } }));
    } catch {
      return; // keys stand in for names; what the view itself asks for says what is wrong
    }
    yield content.data;
    cursor = content.next_cursor;
    if (cursor === null) return;
  }
}

/** A person by name, or by key until the name is known. */
export function personName(key) {
  const element = el("bdi", { class: "key", title: key }, key);
  onceKnown(key, () => {
    const { name, hr_id: id } = people.get(key);
    element.textContent = name ?? id ?? key;
    element.classList.toggle("key", (name ?? id) === null);
  });
  return element;
}

/** A person's team by name, once that is known. */
export function personTeam(key) {
  const element = el("small");
  onceKnown(key, () => {
    const { team, team_name: name } = people.get(key);
    element.textContent = team === null ? "" : ` ${name ?? teamName(team)}`;
  });
  return element;
}

/** What a team is called, or its key. */
export const teamName = (key) => teams.get(key) ?? key;

/** Teams as options of a filter. */
export const teamOptions = () => [["", "All"], ...[...teams].sort((one, other) => one[1].localeCompare(other[1]))];

/** The key of a person given by name, or what was given: the API takes keys and the HR system's ids. */
export function personKey(given) {
  const wanted = given.trim().toLowerCase();
  const found = [...people.values()].filter((each) => each.name?.toLowerCase() === wanted);
  return found.length === 1 ? found[0].person : given.trim();
}
