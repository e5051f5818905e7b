// What lists have in common: filters that stand in the address, pages that go on, and words for nothing.

import { el, problemBox, status } from "./elements.js";
import { askNames } from "./reference_data.js";

/** The address of a view with parameters. */
export function address(view, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return `#/${view}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

const ROWS = 50; // of a page, with three people each at most: one request asks for all their names
const WIDE = "(min-width: 40rem)";

/** The filters of a list; folded where they would push it off a small screen, unless there are some. */
export function filters(view, fields, { parameters, translate }) {
  const open = parameters.size > 0 || matchMedia(WIDE).matches;
  return el("details", { open }, el("summary", {}, "Filters"), selection(view, fields, translate));
}

/** A form whose fields become parameters of the view. `translate` may change what was given. */
export function selection(view, fields, translate = (given) => given) {
  const form = el("form", { class: "filters" }, fields, el("button", { type: "submit" }, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = address(view, translate(Object.fromEntries(new FormData(form))));
    if (wanted === location.hash) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = wanted;
  });
  return form;
}

/** A field for a week; empty stands for now. */
export const weekInput = (chosen) =>
  el("input", { type: "week", name: "as_of", value: chosen, pattern: "\\d{4}-W\\d{2}", placeholder: "2026-W07" });

/**
 * Shows page after page in a place. `read` gets cursor and limit and answers with a page; `card` makes an item of a
 * row; `empty` says in words that there is none; `ofPeople` says that people are named on them.
 */
export async function list(place, { read, card, empty, ofPeople = false }) {
  const items = el("ol", { class: "cards", role: "list" });
  const end = el("div", { class: "end" });
  place.append(items, end);
  await more(null);

  async function more(cursor) {
    end.replaceChildren(status("Loading…"));
    const told = await page(cursor).catch((problem) => [
      problemBox(problem, problem.status >= 500 || !problem.status ? () => more(cursor) : null),
    ]);
    if (ofPeople && place.isConnected) askNames();
    end.replaceChildren(...told);
  }

  async function page(cursor) {
    const found = await read({ cursor, limit: ROWS });
    items.append(...found.data.map((row) => el("li", {}, card(row))));
    return after(found);
  }

  function after(page) {
    if (page.next_cursor !== null) {
      return [el("button", { type: "button", onclick: () => more(page.next_cursor) }, "Show more")];
    }
    return items.childElementCount ? [status(`That is all: ${items.childElementCount}.`)] : [status(empty)];
  }
}
