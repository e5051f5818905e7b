// What the views are built from. Text becomes text nodes and nothing else, so no name can become markup.

const SVG = "http://www.w3.org/2000/svg"; // a name, not an address: nothing is loaded from there

/** An element with attributes and children; `null` ones are left out. Attributes `on...` are listeners. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** A word in a coloured box. `tone` is good, watch, worse or none. */
export const badge = (word, tone) => el("span", { class: `badge ${tone}` }, word);

/** A line that says what is going on, read out by screen readers. */
export const status = (text) => el("p", { class: "status", role: "status" }, text);

/** Terms with what is said of them, without those that are null. */
export function facts(pairs) {
  const said = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el(
    "dl",
    { class: "facts" },
    said.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

let numbered = 0;

/** A labelled control of a form. */
export function field(label, control, hint = "") {
  const id = control.id || `field-${(numbered += 1)}`;
  control.id = id;
  if (!hint) return el("div", { class: "field" }, el("label", { for: id }, label), control);
  control.setAttribute("aria-describedby", `${id}-hint`);
  return el(
    "div",
    { class: "field" },
    el("label", { for: id }, label),
    control,
    el("p", { class: "hint", id: `${id}-hint` }, hint),
  );
}

/** A choice of [value, words] pairs. */
export function choice(name, options, chosen = "") {
  const made = options.map(([value, words]) => el("option", { value, selected: value === chosen }, words));
  return el("select", { name }, made);
}

/** What the API said is wrong, in its own words, with what may help. */
export function problemBox(problem, again = null) {
  const { title, detail, help } = { title: problem.title, detail: problem.detail, ...PLAINER[problem.slug] };
  return el(
    "section",
    { class: "problem", role: "alert" },
    el("h2", {}, title ?? "Something went wrong"),
    el("p", {}, detail ?? "This page could not show what it was given. Reload it and try again."),
    problem.errors?.length
      ? el(
          "ul",
          {},
          problem.errors.map((each) => el("li", {}, `${each.parameter}: ${each.detail}`)),
        )
      : null,
    help ? el("p", {}, help) : null,
    again ? el("button", { type: "button", onclick: again }, "Try again") : null,
  );
}

// What the API says to programs, said to people; `help` is added to its own words.
const PLAINER = {
  unauthorized: {
    title: "This key is not accepted",
    detail: "It may be mistyped, expired or revoked. Whoever made it for you can make another.",
  },
  forbidden: { help: "What you may see here follows from the role of your key." },
  "case-needed": {
    help: "This needs case mode, which nobody has opened for you: ask an operator to open a case, and say what for.",
  },
  "not-found": { help: "It may never have been there, or not be for you to see: this page cannot tell which." },
};
