// The page: signing in and out, the views by address, and the purpose in front of those that tell of named people.

import * as alert from "./alert.js";
import * as alerts from "./alerts.js";
import * as cases from "./cases.js";
import { choice, el, field, problemBox, status } from "./elements.js";
import { forgetAll, loadCatalogue, loadPeopleNames, loadTeamNames } from "./reference_data.js";
import { IDLE_MINUTES, whenIdle } from "./idle.js";
import * as notifications from "./notifications.js";
import * as own from "./own.js";
import * as relationships from "./relationships.js";
import * as risks from "./risks.js";
import { forget, givePurpose, purposeGiven, signedIn, signIn, whenRejected } from "./session.js";
import * as signals from "./signals.js";
import * as sources from "./sources.js";
import * as subject from "./subject.js";
import * as teams from "./teams.js";
import { PURPOSES } from "./words.js";

const VIEWS = {
  teams,
  risks,
  relationships,
  alerts,
  cases,
  notifications,
  signals,
  sources,
  own,
  subject,
  alert,
};
const IN_NAV = ["teams", "risks", "relationships", "alerts", "cases", "notifications", "signals", "sources", "own"];
const OF_PEOPLE = new Set(["risks", "relationships", "alerts", "subject", "alert"]);
const NAMES_PEOPLE = new Set([...OF_PEOPLE, "own", "cases"]);
const NAMES_TEAMS = new Set([...OF_PEOPLE, "teams", "cases"]);
const FIRST = "teams";
const [main, nav, out] = ["main", "nav", "sign-out"].map((id) => document.getElementById(id));

function route() {
  const [path, query = ""] = location.hash.replace(/^#\//, "").split("?");
  return { name: Object.hasOwn(VIEWS, path) ? path : FIRST, parameters: new URLSearchParams(query) };
}

/** Shows what the address says, to whoever is signed in. */
async function show() {
  if (!signedIn()) {
    showSignIn();
    return;
  }
  const { name, parameters } = route();
  const { TITLE } = VIEWS[name];
  const heading = el("h1", { tabindex: "-1" }, TITLE);
  const place = el("div", { class: "view" });
  markNav(name);
  document.title = `${TITLE} – Bellwether`;
  const ofPeople = OF_PEOPLE.has(name);
  const waits = ofPeople && !purposeGiven();
  main.replaceChildren(heading, ...(waits ? [purposeForm()] : ofPeople ? [purposeBar(), place] : [place]));
  heading.focus({ preventScroll: true });
  if (!waits) await fill(place, { name, parameters });
}

async function fill(place, { name, parameters }) {
  place.append(status("Loading…"));
  if (NAMES_PEOPLE.has(name)) loadPeopleNames();
  if (NAMES_TEAMS.has(name)) await loadTeamNames();
  if (!place.isConnected) return; // the reader is elsewhere by now: nothing is asked about anybody
  place.replaceChildren();
  await VIEWS[name].show(place, parameters).catch((problem) => place.replaceChildren(problemBox(problem)));
}

function showSignIn(why = null) {
  const key = el("input", { type: "password", name: "key", required: true, autocomplete: "off", spellcheck: "false" });
  const button = el("button", { type: "submit" }, "Sign in");
  const told = el("div", {}, why);
  const form = el("form", { class: "card sign-in" }, field("API key or access token", key), button, told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    told.replaceChildren(status("Signing in…"));
    try {
      await signIn(key.value.trim(), loadCatalogue);
      nav.hidden = out.hidden = false;
      await show();
    } catch (refused) {
      button.disabled = false;
      told.replaceChildren(problemBox(refused));
    }
  });
  nav.hidden = out.hidden = true;
  document.title = "Sign in – Bellwether";
  main.replaceChildren(
    el("h1", {}, "Sign in"),
    el(
      "p",
      { class: "lead" },
      "Early warning that a working relationship is turning purely transactional, with something a leader can do.",
    ),
    form,
    el(
      "p",
      { class: "quiet" },
      "The key stays in the memory of this page. It is stored nowhere; signing out, reloading, leaving or " +
        `${IDLE_MINUTES} idle minutes forget it.`,
    ),
  );
  key.focus();
}

function signOut(why = null) {
  forget();
  forgetAll();
  showSignIn(why);
}

const LEFT = `You were signed out: for ${IDLE_MINUTES} minutes nobody did anything on this page.`;

function purposeForm() {
  const form = el(
    "form",
    { class: "card" },
    el("p", {}, "This view tells of named people. Say what you read it for: it is written down."),
    field("Purpose", choice("purpose", [["", "Choose a purpose"], ...Object.entries(PURPOSES)])),
    el("p", { class: "quiet" }, AUDITED),
    el("button", { type: "submit" }, "Go on"),
  );
  form.elements.purpose.required = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    givePurpose(form.elements.purpose.value);
    show();
  });
  return form;
}

const AUDITED = "Every look is written to the audit, and people can read there who looked at them and what for.";

function purposeBar() {
  const change = () => {
    givePurpose("");
    show();
  };
  return el(
    "p",
    { class: "purpose" },
    el("b", {}, `Purpose: ${PURPOSES[purposeGiven()]}. `),
    AUDITED,
    el("button", { class: "quiet", type: "button", onclick: change }, "Change"),
  );
}

function markNav(name) {
  for (const link of nav.querySelectorAll("a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

nav.append(
  el(
    "ul",
    {},
    IN_NAV.map((name) => el("li", {}, el("a", { href: `#/${name}` }, VIEWS[name].TITLE))),
  ),
);
out.addEventListener("click", () => signOut());
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which view is shown
  main.focus();
});
whenRejected((problem) => signedIn() && !nav.hidden && signOut(problemBox(problem)));
whenIdle(() => signedIn() && signOut(status(LEFT)));
addEventListener("hashchange", show);
addEventListener("pagehide", () => signOut()); // or a page kept for the back button would keep the key
show();
