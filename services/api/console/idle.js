// A page that nobody is at must not stay signed in: whoever comes by next would read in somebody else's name.

export const IDLE_MINUTES = 15;
const SIGNS = ["keydown", "input", "pointerdown", "pointermove", "wheel"];
const LOOK_MS = 5_000;

let last = Date.now();

const isIdle = () => Date.now() - last >= IDLE_MINUTES * 60_000;

/** Says that somebody is at the page. */
export function active() {
  last = Date.now();
}

/** Calls `then` whenever nobody has been at the page for so long. */
export function whenIdle(then) {
  const look = () => {
    if (!isIdle()) return;
    active(); // told once
    then();
  };
  setInterval(look, LOOK_MS);
  // Intervals stand still while a machine sleeps, clocks do not: so whoever wakes it is looked at before they count.
  for (const sign of SIGNS) {
    addEventListener(
      sign,
      () => {
        look();
        active();
      },
      { capture: true, passive: true },
    );
  }
}
