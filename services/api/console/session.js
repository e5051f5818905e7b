// Who is signed in and what for. Both live in this module's memory and nowhere else: a reload forgets them.

import { active } from "./idle.js";

let key = "";
let purpose = "";
let onRejected = () => {};

/** What went wrong: RFC 9457 problem details, or words of our own where no answer came. */
class Problem extends Error {
  constructor({ status = 0, type = "", title, detail, errors = [] }) {
    super(title);
    Object.assign(this, { status, slug: type.split(":").at(-1), title, detail, errors });
  }
}

export const signedIn = () => key !== "";
export const purposeGiven = () => purpose;

export function givePurpose(given) {
  purpose = given;
}

export function forget() {
  key = purpose = "";
}

/** Calls `then` with the problem whenever a key that was accepted is so no more. */
export function whenRejected(then) {
  onRejected = then;
}

/** Keeps a key that the API accepts. Throws a Problem for any other; returns what `first` asks for. */
export async function signIn(given, first) {
  if (!/^[\x21-\x7e]+$/.test(given)) {
    throw new Problem({ title: "This is no key", detail: "A key or token is one word of letters, digits and signs." });
  }
  key = given;
  try {
    return await first();
  } catch (problem) {
    forget();
    throw problem;
  }
}

/**
 * Asks the API. `path` begins with /v1; `parameters` without a value are left out, and a list repeats its own. Answers
 * with the content and its version, which a change of it must name.
 */
export async function ask(path, { parameters = {}, method = "GET", body, purpose: named = "", version } = {}) {
  active();
  const asked = key;
  const url = new URL(`..${path}`, import.meta.url);
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null && each !== "") url.searchParams.append(name, each);
    }
  }
  const headers = { Accept: "application/json", Authorization: `Bearer ${asked}` };
  if (named) headers.Purpose = named;
  if (version) headers["If-Match"] = version;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetched(url, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
  });
  if (key !== asked) throw new Problem({ title: "Signed out", detail: "Sign in to go on." });
  if (answer.ok) return { content: await answer.json(), version: answer.headers.get("ETag") };
  const problem = await told(answer);
  if (problem.status === 401) onRejected(problem);
  throw problem;
}

/** As `ask`, for what tells of named people: with the purpose that was given. */
export const askOfPeople = (path, options = {}) => ask(path, { ...options, purpose });

async function fetched(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Problem({ title: "No answer", detail: "The API does not answer. Check the connection and try again." });
  }
}

async function told(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/problem+json")) return new Problem(await answer.json());
  return new Problem({
    status: answer.status,
    title: `Answer ${answer.status}`,
    detail: "Something between this page and the API refused the request.",
  });
}
