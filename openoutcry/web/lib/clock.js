// The venue's clock as this browser can know it: the smallest lag seen between its stamps and their arrival.

/** @typedef {{heard: (at: string, arrived: number) => void, now: (local: number) => number}} VenueClock */

/** @returns {VenueClock} */
export function venueClock() {
  /** @type {number | null} */
  let lag = null;
  return {
    heard(at, arrived) {
      const found = arrived - Date.parse(at);
      if (Number.isFinite(found) && (lag === null || found < lag)) lag = found;
    },
    now: (local) => local - (lag ?? 0),
  };
}
