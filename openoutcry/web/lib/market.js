// The book and the tape of one symbol, read again and again while somebody can see them.

import { call } from "./venue.js";
import { segment } from "./format.js";

const EVERY_MS = 400;
const UNLISTED_EVERY_MS = 5000;
export const DEPTH = 12;
const FIRST_PAGE = 200;
const NEXT_PAGE = 40;

/**
 * @typedef {object} Ears
 * @property {(book: any) => void} book
 * @property {(trades: any[]) => void} trades
 * @property {(detail: string, code: string | null) => void} refused  the venue answered, but not with a market
 * @property {(reached: boolean) => void} reached  after every round
 */

/** @param {Ears} ears */
export function watchMarket(ears) {
  let round = 0;
  let wake = () => {};

  /** @param {number} ms @returns {Promise<void>} sooner when poked */
  const rest = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** @param {string} symbol @param {number} mine */
  async function follow(symbol, mine) {
    const name = segment(symbol);
    let page = FIRST_PAGE;
    while (mine === round) {
      if (document.hidden) {
        await rest(3_600_000);
        continue;
      }
      const [book, trades] = await Promise.all([
        call("GET", `/api/v1/book/${name}?level=2&depth=${DEPTH}`),
        call("GET", `/api/v1/trades/${name}?limit=${page}`),
      ]);
      if (mine !== round) return;
      if (book.status === 200) ears.book(book.body);
      else if (book.status) ears.refused(book.detail ?? "", book.code);
      if (trades.status === 200) {
        ears.trades(trades.body.items);
        page = NEXT_PAGE;
      }
      ears.reached(book.status > 0 && book.status < 500);
      await rest(Math.max(book.status === 404 ? UNLISTED_EVERY_MS : EVERY_MS, book.retryAfter, trades.retryAfter));
    }
  }

  const poke = () => wake();
  document.addEventListener("visibilitychange", () => document.hidden || poke());
  return {
    /** @param {string} symbol */
    show(symbol) {
      round += 1;
      poke();
      void follow(symbol, round);
    },
    poke,
  };
}
