// The key that this page shows to the venue. It lives in memory, in this tab's storage only if the reader says so,
// and nowhere else: not in an address, not in a command on the page.

import { signal } from "./signal.js";

const NAME = "key";

/** What the venue said when it refused this page for want of a right key; null while it does not. */
export const refusal = signal(/** @type {string | null} */ (null));

/** @type {string | null} */ let held = remembered();

function remembered() {
  try {
    return globalThis.sessionStorage?.getItem(NAME) ?? null;
  } catch {
    return null;
  }
}

/** @param {string | null} key */
function store(key) {
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // Without storage the key lasts as long as the page.
  }
}

export const keyring = {
  get: () => held,
  /** @param {string} key @param {boolean} isKept also for a reload of this tab */
  use(key, isKept) {
    held = key;
    store(isKept ? key : null);
  },
  forget() {
    held = null;
    store(null);
  },
};
