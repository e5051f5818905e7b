// Where whoever is signed in is told, once a week, that their list of alerts changed. Nobody else sees it.

import { badge, choice, el, facts, field, problemBox, status } from "./elements.js";
import { list } from "./lists.js";
import { ask } from "./session.js";
import { capital, minuteText, NOTIFY, said } from "./words.js";

export const TITLE = "Notifications";

export async function show(place) {
  const own = el("section", {});
  const read = async () => {
    own.replaceChildren(el("h2", {}, "Where you are told"));
    await list(own, {
      read: async () => ({ data: (await ask("/v1/notifications")).content.data, next_cursor: null }),
      card: shown,
      empty: "You are told nowhere.",
    });
  };
  place.append(
    el(
      "p",
      { class: "lead" },
      "Once a week, at the same instant for everybody, you can be told that your list of alerts changed. The message " +
        "says nothing else: what changed is read here.",
    ),
    adding(read),
    own,
  );
  await read();
}

function shown(row) {
  const item = el("article", { class: "card" });
  draw(item, row, "");
  return item;
}

function draw(item, row, done) {
  const outcome = el("div", {}, done);
  const act = async (path, told) => {
    outcome.replaceChildren(status("Working…"));
    try {
      const { content } = await ask(path, { method: "POST" });
      draw(item, content, told(content));
    } catch (problem) {
      outcome.replaceChildren(problemBox(problem));
    }
  };
  const id = encodeURIComponent(row.notification);
  const button = (words, path, told) => el("button", { type: "button", onclick: () => act(path, told) }, words);
  const gone = row.disabled_because === "removed";
  item.replaceChildren(
    el("h3", {}, row.url, " ", row.enabled ? badge("on", "good") : badge(gone ? "removed" : "off", "watch")),
    el("p", {}, capital(said(NOTIFY, row.notify)), "."),
    facts([
      ["Next", row.enabled ? minuteText(row.next_at) : null],
      ["Last arrived", row.delivered_at && minuteText(row.delivered_at)],
      ["Last failed", row.failed_at && minuteText(row.failed_at)],
    ]),
    gone
      ? ""
      : el(
          "div",
          { class: "actions" },
          row.enabled
            ? null
            : button("Tell me there again", `/v1/notifications/${id}/enable`, () => status("From the next week on.")),
          button("New secret", `/v1/notifications/${id}/rotate`, secret),
          button("Remove", `/v1/notifications/${id}/remove`, () => status("Removed.")),
        ),
    outcome,
  );
}

/** What the receiver verifies with. It is nowhere once the reader goes on. */
function secret(row) {
  return el(
    "div",
    {},
    status("Copy the secret now: it is not shown again."),
    facts([
      ["Secret", el("code", {}, row.secret)],
      ["Public key", el("code", {}, row.public_key)],
    ]),
  );
}

function adding(afterwards) {
  const outcome = el("div", {});
  const form = el(
    "form",
    { class: "card" },
    el("h2", {}, "Be told"),
    field("Receiver", el("input", { name: "url", required: true, autocomplete: "off" }), "Its address: public, https."),
    field("When", choice("notify", Object.entries(NOTIFY).map(([key, words]) => [key, capital(words)]))),
    el("button", { type: "submit" }, "Tell me there"),
    outcome,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    outcome.replaceChildren(status("Working…"));
    try {
      const { content } = await ask("/v1/notifications", {
        method: "POST",
        body: Object.fromEntries(new FormData(form)),
      });
      outcome.replaceChildren(secret(content));
      await afterwards();
    } catch (problem) {
      outcome.replaceChildren(problemBox(problem));
    }
  });
  return form;
}
