// The page's state in the address bar, so that a view can be shared: #view=both&color=height&…

/** The state that the address says, as an object of strings. */
export function readAddress() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

let waiting = 0;
const state = readAddress();

/** Set parts of the state; null takes one out. The address follows a moment later. */
export function note(changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") delete state[name];
    else state[name] = String(value);
  }
  clearTimeout(waiting);
  waiting = setTimeout(flush, 250);
}

/** Bring the address up to date now; returns it. */
export function flush() {
  const text = new URLSearchParams(state).toString().replaceAll("%2C", ",");
  try {
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  } catch {
    // Some browsers do not let a file:// page change its address; then it keeps the old one.
  }
  return location.href;
}
