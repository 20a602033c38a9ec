// What a market order would cost if it met exactly the book on the screen: exact, but only an estimate.

import { ZERO, add, divide, multiply, parse, smaller, subtract } from "./decimal.js";

/** @typedef {import("./decimal.js").Decimal} Decimal */
/** @typedef {[price: string, quantity: string]} Level */
/** @typedef {{filled: Decimal, cost: Decimal, average: Decimal | null, missing: Decimal}} Estimate */

/**
 * Walk the sellers from the best.
 * @param {Level[]} asks best first @param {string} quantity
 * @returns {Estimate}
 */
export function estimate(asks, quantity) {
  /** @type {Decimal} */ let left = parse(quantity);
  /** @type {Decimal} */ let cost = ZERO;
  /** @type {Decimal} */ let filled = ZERO;
  let places = 2;
  for (const [price, shown] of asks) {
    if (left.units === 0n) break;
    const taken = smaller(left, parse(shown));
    places = Math.max(places, parse(price).places);
    cost = add(cost, multiply(taken, parse(price)));
    filled = add(filled, taken);
    left = subtract(left, taken);
  }
  const average = filled.units === 0n ? null : divide(cost, filled, Math.min(8, places + 2));
  return { filled, cost, average, missing: left };
}

/** Running sums from the best level outward. @param {Level[]} levels @returns {Decimal[]} */
export function cumulative(levels) {
  /** @type {Decimal} */ let sum = ZERO;
  return levels.map(([, quantity]) => (sum = add(sum, parse(quantity))));
}
