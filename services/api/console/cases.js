// Cases: whom they are about and how many, who asked for them and who allowed it. Asking, approving and closing.

import { badge, choice, el, facts, field, problemBox, status } from "./elements.js";
import { askNames, personKey, personName, teamName } from "./reference_data.js";
import { list } from "./lists.js";
import { ask } from "./session.js";
import { capital, CASE_STATES, CASE_SUBJECTS, minuteText, PURPOSES, said } from "./words.js";

export const TITLE = "Cases";
const TONES = { waiting: "watch", open: "good", "break-glass": "worse", expired: "none", closed: "none" };
const HOURS = { usual: 48, most: 720 };
const EVERYBODY = "organisation";

export async function show(place) {
  const cases = el("section", {});
  const read = async () => {
    cases.replaceChildren(el("h2", {}, "Who may read about whom"));
    await list(cases, {
      read: async () => ({ data: (await ask("/v1/cases")).content.data, next_cursor: null }),
      card: (row) => shown(row),
      empty: "No case here that you may see.",
      ofPeople: true,
    });
  };
  place.append(
    el(
      "p",
      { class: "lead" },
      "A case allows one HR partner to read about some people, for one purpose and a time. Somebody else approves it " +
        "and sees how many people it is about.",
    ),
    asking(read),
    cases,
  );
  await read();
}

function shown(row) {
  const item = el("article", { class: "card" });
  draw(item, row, "");
  return item;
}

function draw(item, row, done) {
  const outcome = status(done);
  const act = async (path, words) => {
    outcome.replaceChildren("Working…");
    try {
      draw(item, (await ask(path, { method: "POST" })).content, words);
      askNames();
    } catch (problem) {
      outcome.replaceChildren(problemBox(problem));
    }
  };
  const id = encodeURIComponent(row.case);
  const button = (words, path, told) => el("button", { type: "button", onclick: () => act(path, told) }, words);
  const waits = row.approved_at === null && ["waiting", "break-glass"].includes(row.state);
  const goes = ["waiting", "open", "break-glass"].includes(row.state);
  item.replaceChildren(
    el("h3", {}, about(row), " ", badge(said(CASE_STATES, row.state), TONES[row.state] ?? "none")),
    el("p", {}, el("b", {}, `About ${row.people} people. `), capital(said(PURPOSES, row.purpose)), "."),
    row.reason ? el("p", {}, `“${row.reason}”`) : "",
    facts([
      ["Read by", personName(row.partner)],
      ["Opened", [minuteText(row.opened_at), ", by ", personName(row.opened_by)]],
      ["Approved", row.approved_by && [minuteText(row.approved_at), ", by ", personName(row.approved_by)]],
      [row.closed_at ? "Closed" : "Until", minuteText(row.closed_at ?? row.expires_at)],
    ]),
    el(
      "div",
      { class: "actions" },
      waits ? button("Approve", `/v1/cases/${id}/approve`, "Approved.") : null,
      goes ? button("Close", `/v1/cases/${id}/close`, "Closed.") : null,
    ),
    outcome,
  );
}

function about({ subject_kind: kind, subject }) {
  if (kind === null || subject === null) return "A case of an earlier version";
  const who = kind === "unit" ? (subject === EVERYBODY ? "the whole organisation" : teamName(subject)) : null;
  return [`${capital(said(CASE_SUBJECTS, kind))}: `, who ?? personName(subject)];
}

function asking(afterwards) {
  const outcome = el("div", {});
  const form = el(
    "form",
    { class: "card" },
    el("h2", {}, "Ask for a case"),
    field("Who will read", text("partner"), "You yourself by name or id; operators name an HR partner."),
    field("Purpose of the case", choice("purpose", Object.entries(PURPOSES))),
    field(
      "About",
      choice(
        "kind",
        Object.entries(CASE_SUBJECTS).map(([kind, words]) => [kind, capital(words)]),
      ),
    ),
    field("Who that is", text("key"), `A name or id; for a unit its key, or ${EVERYBODY}.`),
    field("Hours", el("input", { type: "number", name: "hours", min: 1, max: HOURS.most, value: HOURS.usual })),
    field("Reason", el("input", { name: "reason", maxlength: 500 }), "Why so many, or why at once. Name nobody."),
    field(
      "At once, in an emergency",
      el("input", { type: "checkbox", name: "break_glass" }),
      "For four hours at most. Everybody who sees cases is shown it, and whom it is about finds it in their audit.",
    ),
    el("button", { type: "submit" }, "Ask for it"),
    outcome,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    outcome.replaceChildren(status("Working…"));
    const given = Object.fromEntries(new FormData(form));
    const body = {
      partner: personKey(given.partner),
      purpose: given.purpose,
      subject: { kind: given.kind, key: given.kind === "unit" ? given.key.trim() : personKey(given.key) },
      hours: Number(given.hours),
      reason: given.reason,
      break_glass: given.break_glass === "on",
    };
    try {
      const { content } = await ask("/v1/cases", { method: "POST", body });
      const next = content.open ? "You can read at once." : "It waits for somebody else to approve it.";
      outcome.replaceChildren(status(`Asked for: about ${content.people} people. ${next}`));
      await afterwards();
    } catch (problem) {
      outcome.replaceChildren(problemBox(problem));
    }
  });
  return form;
}

const text = (name) => el("input", { name, required: true, autocomplete: "off", spellcheck: "false" });
