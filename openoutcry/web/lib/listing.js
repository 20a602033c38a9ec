// Reads the list of orders for the feed: the newest ones and all open ones, or why the venue refuses it.

import { KEPT_MAX, readNewest } from "./orders.js";
import { SILENCE, call } from "./venue.js";

/** @typedef {import("./orders.js").Order} Order */

/** An answer that is no page of orders. */
class Refused extends Error {
  /** @param {import("./venue.js").Answer} answer */
  constructor({ status, detail, retryAfter }) {
    super(detail ?? "it has no X-Sequence");
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** @returns {Promise<import("./feed.js").Read | null>} null when the venue does not answer */
export async function readOrders() {
  /** @type {number | null} */ let sequence = null;
  /** @param {string} query @returns {Promise<Order[]>} */
  const page = async (query) => {
    const answer = await call("GET", `/orders?limit=${KEPT_MAX}${query}`);
    if (answer.status !== 200 || answer.sequence === null) throw new Refused(answer);
    sequence ??= answer.sequence;
    return answer.body;
  };
  try {
    const newest = await readNewest((after) => page(after ? `&after=${after}` : ""));
    const open = newest.length < KEPT_MAX / 2 ? [] : await page("&status=PENDING");
    return { orders: [...open, ...newest], sequence: sequence ?? 0 };
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    if (fault.message === SILENCE) return null;
    return { refused: { status: fault.status, detail: fault.message, waitMs: fault.retryAfter } };
  }
}
