// Trades in order, joined from overlapping pages without doubles, and the prices they made.

import { compare, parse } from "./decimal.js";

/**
 * @typedef {object} Trade
 * @property {number} trade_id
 * @property {string} price
 * @property {string} quantity
 * @property {"buy" | "sell" | null} side the taker's; null in an auction
 * @property {boolean} busted
 * @property {string} at
 */

export const TRADES_MAX = 3000;

/**
 * @param {Trade[]} known newest first
 * @param {Trade[]} page newest first
 * @returns {Trade[]} newest first; `known` itself when nothing is new
 */
export function join(known, page) {
  const top = known.length ? known[0].trade_id : -Infinity;
  const fresh = page.filter((trade) => trade.trade_id > top);
  const busted = new Set(page.filter((trade) => trade.busted).map((trade) => trade.trade_id));
  const isStale = known.slice(0, page.length).some((trade) => busted.has(trade.trade_id) && !trade.busted);
  if (!fresh.length && !isStale) return known;
  const marked = isStale
    ? known.map((trade) => (busted.has(trade.trade_id) ? { ...trade, busted: true } : trade))
    : known;
  return [...fresh, ...marked].slice(0, TRADES_MAX);
}

/**
 * @param {Trade[]} trades newest first
 * @returns {{price: string, direction: -1 | 0 | 1, at: string} | null} the last price, and where it came from
 */
export function lastPrice(trades) {
  const good = trades.filter((trade) => !trade.busted);
  if (!good.length) return null;
  const last = parse(good[0].price);
  const before = good.find((trade) => compare(parse(trade.price), last) !== 0);
  return { price: good[0].price, direction: before ? compare(last, parse(before.price)) : 0, at: good[0].at };
}
