// The simple orders this page knows, folded from answers and messages; what is newer wins, however it arrives.

/**
 * @typedef {object} Order
 * @property {number} id
 * @property {string} stocks
 * @property {number} quantity
 * @property {"PENDING" | "EXECUTED" | "CANCELLED"} status
 * @property {number} filled_quantity
 * @property {string | null} average_price
 * @property {string} created_at
 * @property {string} updated_at
 */

export const KEPT_MAX = 200;

/** Whether an order can be told something new. An ended order never changes. @param {Order} known @param {Order} told */
function isNews(known, told) {
  if (known.status !== "PENDING") return false;
  return told.status !== "PENDING" || told.filled_quantity > known.filled_quantity;
}

/**
 * Take an order in.
 * @param {Map<number, Order>} orders changed in place
 * @param {Order} told
 * @returns {boolean} whether anything changed
 */
export function fold(orders, told) {
  const known = orders.get(told.id);
  if (known && !isNews(known, told)) return false;
  orders.set(told.id, told);
  if (orders.size > KEPT_MAX) dropOldest(orders);
  return true;
}

/** Ended orders leave before open ones, older before newer. @param {Map<number, Order>} orders */
function dropOldest(orders) {
  const ids = [...orders.keys()].sort((a, b) => a - b);
  const ended = ids.find((id) => orders.get(id)?.status !== "PENDING");
  orders.delete(ended ?? ids[0]);
}

/** @param {Iterable<Order>} orders @returns {Order[]} the newest first */
export function newestFirst(orders) {
  return [...orders].sort((a, b) => b.id - a.id);
}

/** @param {Iterable<Order>} orders @returns {{ALL: number, PENDING: number, EXECUTED: number, CANCELLED: number}} */
export function counts(orders) {
  const sum = { ALL: 0, PENDING: 0, EXECUTED: 0, CANCELLED: 0 };
  for (const order of orders) {
    sum.ALL += 1;
    sum[order.status] += 1;
  }
  return sum;
}

/** @param {Order} order @returns {number} */
const lifetime = (order) => Date.parse(order.updated_at) - Date.parse(order.created_at);

/**
 * The pending delay as seen: the shortest life among the latest orders that traded. The venue does
 * not tell the setting, and what it does counts.
 * @param {Iterable<Order>} orders @param {number} assumed used until one has traded
 * @returns {number} milliseconds
 */
export function seenDelay(orders, assumed = 1000) {
  const lives = newestFirst(orders).filter((order) => order.filled_quantity > 0).slice(0, 20).map(lifetime);
  return lives.length ? Math.min(60_000, ...lives) : assumed;
}

/**
 * The newest orders of a list that is told oldest first, without reading it all: leap ahead by
 * doubling steps, then close in. One call when there are few, about log2(highest id) otherwise.
 * @param {(after: number) => Promise<Order[]>} readPage up to `full` orders with a greater id
 * @param {number} full
 * @returns {Promise<Order[]>}
 */
export async function readNewest(readPage, full = KEPT_MAX) {
  let window = await readPage(0);
  if (window.length < full) return window;
  let low = window[full - 1].id;
  let step = full;
  let high = low + step;
  let tail = await readPage(high);
  while (tail.length === full) {
    window = tail;
    low = tail[full - 1].id;
    step *= 2;
    high = low + step;
    tail = await readPage(high);
  }
  while (high > low && tail.length < full / 2) {
    const middle = Math.floor((low + high) / 2);
    const page = await readPage(middle);
    if (page.length < full) {
      high = middle;
      tail = page;
    } else {
      window = page;
      low = page[full - 1].id;
    }
  }
  if (tail.length >= full / 2) return tail;
  return [...new Map([...window, ...tail].map((order) => [order.id, order])).values()].slice(-full);
}
