// The book and the tape of one symbol, read again and again while somebody can see them.

import { waitAfter } from "./backoff.js";
import { segment } from "./format.js";
import { paceOf } from "./pace.js";
import { call } from "./venue.js";

const EVERY_MS = 400;
const UNLISTED_EVERY_MS = 5000;
export const DEPTH = 12;
const FIRST_PAGE = 200;
const NEXT_PAGE = 40;

/** @typedef {import("./venue.js").Answer} Answer */

/**
 * @typedef {object} Ears
 * @property {(symbol: string) => Promise<boolean>} isListed
 * @property {(book: any) => void} book
 * @property {(trades: any[]) => void} trades
 * @property {(detail: string, code: string | null) => void} refused  the venue answered, but not with a market
 * @property {(isReached: boolean, nextInMs: number, isLimited: boolean) => void} reached  after every round
 */

/** @param {Answer} answer @returns {boolean} it says that there is no such market, not that it is busy */
const isRefusal = ({ status }) => status >= 400 && status < 500 && status !== 429 && status !== 401;

/** @param {Ears} ears */
export function watchMarket(ears) {
  let round = 0;
  let isLimited = false;
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

  /** @param {string} symbol @param {number} page how many trades */
  const ask = (symbol, page) => Promise.all([
    call("GET", `/api/v1/book/${segment(symbol)}?level=2&depth=${DEPTH}`),
    call("GET", `/api/v1/trades/${segment(symbol)}?limit=${page}`),
  ]);

  /** @param {Answer[]} answers @param {number} failures rounds without an answer @returns {number} */
  function restAfter(answers, failures) {
    if (failures) return Math.max(EVERY_MS, waitAfter(failures));
    const isUnlisted = answers[0].status === 404;
    const pace = paceOf(answers.map(({ budget }) => budget), EVERY_MS);
    isLimited = pace > EVERY_MS;
    return Math.max(pace, isUnlisted ? UNLISTED_EVERY_MS : 0, ...answers.map(({ retryAfter }) => retryAfter));
  }

  /** @param {string} symbol @param {number} mine */
  async function follow(symbol, mine) {
    let page = FIRST_PAGE;
    let failures = 0;
    while (mine === round) {
      if (document.hidden) {
        await rest(3_600_000);
        continue;
      }
      const isListed = await ears.isListed(symbol);
      if (mine !== round) return;
      if (!isListed) {
        ears.refused("", "unknown_instrument");
        ears.reached(true, UNLISTED_EVERY_MS, false);
        await rest(UNLISTED_EVERY_MS);
        continue;
      }
      const [book, trades] = await ask(symbol, page);
      if (mine !== round) return;
      if (book.status === 200) ears.book(book.body);
      else if (isRefusal(book)) ears.refused(book.detail ?? "", book.code);
      if (trades.status === 200) {
        ears.trades(trades.body.items);
        page = NEXT_PAGE;
      }
      const isReached = book.status > 0 && book.status < 500;
      failures = isReached ? 0 : failures + 1;
      const pause = restAfter([book, trades], failures);
      ears.reached(isReached, pause, isLimited);
      await rest(pause);
    }
  }

  document.addEventListener("visibilitychange", () => document.hidden || wake());
  return {
    /** @param {string} symbol */
    show(symbol) {
      round += 1;
      wake();
      void follow(symbol, round);
    },
    stop() {
      round += 1;
      wake();
    },
    /** Something has happened: look at once, unless requests are scarce. */
    poke: () => isLimited || wake(),
  };
}
