// How long to wait before the next try: doubling, capped, and scattered so that clients do not return as one.

export const FIRST_MS = 250;
export const MOST_MS = 8000;

/**
 * @param {number} tries failed so far, from 0
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds, between half and all of the doubled step
 */
export function waitAfter(tries, random = Math.random) {
  const step = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 16));
  return Math.round(step / 2 + (step / 2) * random());
}
