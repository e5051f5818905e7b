// A history as a line with its 80% band, drawn from numbers, and the same as a table.

import { el, svg } from "./elements.js";
import { bandWords, capital, dayText, measured, number, percent, weekText } from "./words.js";

const HEIGHT = 220;
const EDGE = { top: 12, right: 12, bottom: 28, left: 46 };
const WIDEST = 880;
const NARROWEST = 280;

/** Draws points, latest first as the API gives them, for a place so many pixels wide. */
export function history(points, signal, { width }) {
  const past = points.toReversed();
  const across = Math.min(WIDEST, Math.max(NARROWEST, width));
  return el("figure", { class: "history" }, drawn(past, signal, across), key(past, signal), table(past, signal));
}

function drawn(past, signal, width) {
  const top = highest(past, signal);
  const times = past.map((each) => Date.parse(each.as_of));
  const [first, last] = [times[0], times.at(-1)];
  const x = (time) => EDGE.left + ((width - EDGE.left - EDGE.right) * (time - first)) / (last - first || 1);
  const y = (value) => EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - Math.min(value, top) / top);
  const line = past.map((each, place) => `${x(times[place])},${y(each.value)}`).join(" ");
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": summary(past, signal) },
    [0, top / 2, top].map((value) => level(value, signal, { width, y })),
    limits(signal, top).map((value) =>
      svg("line", { class: "limit", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }),
    ),
    runs(past).map((run) => svg("polygon", { class: "range", points: outline(run, { past, times, x, y }) })),
    svg("polyline", { class: "line", points: line }),
    past.map((each, place) => point(each, signal, x(times[place]), y(each.value))),
    svg("text", { class: "tick", x: EDGE.left, y: HEIGHT - 8 }, dayText(past[0].as_of)),
    svg("text", { class: "tick end", x: width - EDGE.right, y: HEIGHT - 8 }, dayText(past.at(-1).as_of)),
  );
}

function highest(past, signal) {
  if (signal.unit === "points") return 100;
  const most = Math.max(...past.flatMap((each) => [each.value, each.high_80 ?? 0]), ...limits(signal, Infinity));
  return signal.unit === "probability" ? Math.min(1, Math.ceil(most * 11) / 10) : Math.ceil(most * 1.1) || 1;
}

const limits = (signal, top) => signal.bands.map((each) => each.limit).filter((limit) => limit !== null && limit < top);

function level(value, signal, { width, y }) {
  const text = signal.unit === "probability" ? percent(value) : number(value);
  return [
    svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }),
    svg("text", { class: "tick end", x: EDGE.left - 6, y: y(value) + 4 }, text),
  ];
}

const point = (each, signal, cx, cy) =>
  svg(
    "circle",
    { class: each.week === "live" ? "point live" : "point", cx, cy, r: 3 },
    svg("title", {}, told(each, signal)),
  );

const known = (each) => each.low_80 !== null && each.high_80 !== null;

/** Places of neighbours whose band is known. */
function runs(past) {
  const found = [];
  past.forEach((each, place) => {
    if (!known(each)) return;
    if (place > 0 && known(past[place - 1])) found.at(-1).push(place);
    else found.push([place]);
  });
  return found;
}

function outline(run, { past, times, x, y }) {
  const above = run.map((place) => `${x(times[place])},${y(past[place].high_80)}`);
  const below = run.map((place) => `${x(times[place])},${y(past[place].low_80)}`);
  return [...above, ...below.toReversed()].join(" ");
}

function told(each, signal) {
  const ends = known(each)
    ? `, 80% band ${measured(each.low_80, signal.unit)} to ${measured(each.high_80, signal.unit)}`
    : "";
  return `${capital(weekText(each.week))}: ${measured(each.value, signal.unit)}${ends}, ${bandWords(each.band)}`;
}

function summary(past, signal) {
  const values = past.map((each) => each.value);
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => measured(value, signal.unit));
  const last = past.at(-1);
  const days = `from ${dayText(past[0].as_of)} to ${dayText(last.as_of)}`;
  return `${signal.title} ${days}: between ${least} and ${most}, last ${measured(last.value, signal.unit)}.`;
}

function key(past, signal) {
  const words = ["The line is the value of each week."];
  words.push(past.some(known) ? "The shaded part is its 80% band." : "This signal has no 80% band.");
  if (limits(signal, Infinity).length) words.push("Dashed lines part the bands.");
  return el("figcaption", {}, words.join(" "));
}

function table(past, signal) {
  const rows = past.toReversed().map((each) => {
    const ends = known(each)
      ? `${measured(each.low_80, signal.unit)} to ${measured(each.high_80, signal.unit)}`
      : "not known";
    const cells = [measured(each.value, signal.unit), ends, bandWords(each.band), percent(each.confidence)];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, capital(weekText(each.week))),
      cells.map((cell) => el("td", {}, cell)),
    );
  });
  const heads = ["Week", "Value", "80% band", "Band", "Confidence"].map((head) => el("th", { scope: "col" }, head));
  const whole = el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows));
  return el(
    "details",
    {},
    el("summary", {}, "The same as a table"),
    el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table" }, whole),
  );
}
