// What the pill says: live, connecting, stale or down, and the sentence that is true then.

/** @typedef {"live" | "connecting" | "stale" | "down"} Health */

/**
 * @typedef {object} Signs
 * @property {import("./feed.js").FeedState} feed
 * @property {number} marketAt when the market was last read; hidden tabs do not count
 * @property {boolean} isHidden
 * @property {number} now
 */

export const STALE_MS = 4000;

/**
 * @param {Signs} signs
 * @returns {Health}
 */
export function healthOf({ feed, marketAt, isHidden, now }) {
  if (feed.phase === "waiting") return "down";
  if (feed.phase === "connecting") return feed.wasLive ? "down" : "connecting";
  if (feed.pingedAt !== null && now - feed.pingedAt > STALE_MS) return "stale";
  if (!isHidden && now - marketAt > STALE_MS) return "stale";
  return "live";
}

/**
 * @param {Health} health
 * @param {{frozenAt: string | null, retryInMs: number | null}} known
 * @returns {string | null} null when there is nothing to say
 */
export function sentenceOf(health, { frozenAt, retryInMs }) {
  const prices = frozenAt ? `Prices are frozen since ${frozenAt}.` : "No prices yet.";
  if (health === "stale") return `The venue is slow to answer. ${prices} Orders stay at the venue.`;
  if (health !== "down") return null;
  const next = retryInMs === null ? "Trying now." : `Next try in ${Math.ceil(Math.max(0, retryInMs) / 1000)} s.`;
  return `No connection to the venue. ${prices} Orders stay at the venue. ${next}`;
}
