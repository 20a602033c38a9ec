// How often to ask when the venue limits an account's requests: slower as less is left, so that orders still pass.

/** @typedef {{limit: number, remaining: number}} Budget requests in a minute, and what is left of them now */

/** Of what the venue grants, the page takes half for looking; the other half is for orders. */
const SHARE = 0.5;
const LEFT_LEAST = 0.25;
const MOST_MS = 60_000;

/** @param {Headers} headers @returns {Budget | null} null without a limit */
export function budgetOf(headers) {
  const limit = Number(headers.get("RateLimit-Limit") ?? 0);
  return limit > 0 ? { limit, remaining: Number(headers.get("RateLimit-Remaining") ?? 0) } : null;
}

/**
 * @param {(Budget | null)[]} budgets as told by one round of questions
 * @param {number} leastMs the pace without a limit
 * @returns {number} milliseconds until the next round
 */
export function paceOf(budgets, leastMs) {
  const told = budgets.filter((budget) => budget !== null);
  if (!told.length) return leastMs;
  const limit = told[0].limit;
  const left = Math.max(LEFT_LEAST, Math.min(...told.map(({ remaining }) => remaining)) / limit);
  const perMs = (limit / 60_000) * SHARE * left;
  return Math.max(leastMs, Math.min(MOST_MS, budgets.length / perMs));
}
