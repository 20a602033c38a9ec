// What the pill says: live, connecting, stale, down, limited or locked, and the sentence that is true then.

/** @typedef {"live" | "connecting" | "stale" | "down" | "limited" | "locked"} Health */

/**
 * @typedef {object} Signs
 * @property {import("./feed.js").FeedState} feed
 * @property {number} marketDueAt when the market is to be read next; hidden tabs do not count
 * @property {boolean} isHidden
 * @property {number} now
 */

export const STALE_MS = 4000;
const TOO_MANY_REQUESTS = 429;

/**
 * @param {Signs} signs
 * @returns {Health}
 */
export function healthOf({ feed, marketDueAt, isHidden, now }) {
  if (feed.phase === "locked") return "locked";
  if (feed.phase !== "open" && feed.refused?.status === TOO_MANY_REQUESTS) return "limited";
  if (feed.phase === "waiting") return "down";
  if (feed.phase === "connecting") return feed.wasLive ? "down" : "connecting";
  if (feed.pingedAt !== null && now - feed.pingedAt > STALE_MS) return "stale";
  if (!isHidden && now - marketDueAt > STALE_MS) return "stale";
  return "live";
}

/**
 * @param {Health} health
 * @param {{frozenAt: string | null, retryInMs: number | null, refused?: {detail: string} | null}} known
 * @returns {string | null} null when there is nothing to say
 */
export function sentenceOf(health, { frozenAt, retryInMs, refused = null }) {
  const prices = frozenAt ? `Prices are frozen since ${frozenAt}.` : "No prices yet.";
  const next = retryInMs === null ? "Trying now." : `Next try in ${Math.ceil(Math.max(0, retryInMs) / 1000)} s.`;
  switch (health) {
    case "locked":
      return "This venue needs a key. Prices and orders are shown to whoever has one.";
    case "limited":
      return `The account's requests are used up for now. ${next}`;
    case "stale":
      return `The venue is slow to answer. ${prices} Orders stay at the venue.`;
    case "down":
      if (refused) return `The venue refuses the list of orders: ${refused.detail}. ${next}`;
      return `No connection to the venue. ${prices} Orders stay at the venue. ${next}`;
    default:
      return null;
  }
}
