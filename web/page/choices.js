// What the viewer has chosen, kept in this browser for the next time.
//
// What must always hold: a choice is one of those there are; where nothing may be kept, the page works all the same.

/**
 * What was chosen the last time, or `otherwise`.
 * @param {string} name
 * @param {readonly string[]} among the choices there are
 * @param {string} otherwise
 */
export function chosen(name, among, otherwise) {
  try {
    const kept = localStorage.getItem(name);
    return among.includes(kept) ? kept : otherwise;
  } catch {
    return otherwise;
  }
}

/** Keeps a choice. */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // This browser keeps nothing; the choice holds until the page goes.
  }
}
