// The simple orders' feed: read the list, then listen from its sequence on; come back after every break.

import { waitAfter } from "./backoff.js";

/**
 * @typedef {object} Ports what the feed needs from outside; tests give their own
 * @property {() => Promise<Read | null>} readOrders null when the venue does not answer
 * @property {() => string | null} key what to authenticate with, if anything
 * @property {(detail: string) => void} onLocked the venue does not take the key, or wants one
 * @property {(path: string) => WebSocket} openSocket
 * @property {(orders: any[]) => void} onOrders the whole list, replacing what was known
 * @property {(order: any) => void} onOrder
 * @property {(state: FeedState) => void} onState
 * @property {() => number} now
 * @property {() => number} random
 * @property {(told: () => void, ms: number) => number} later
 * @property {(timer: number) => void} never
 */

/** @typedef {{status: number, detail: string, waitMs: number}} Refusal */
/** @typedef {{orders: any[], sequence: number, refused?: undefined} | {refused: Refusal}} Read */

/**
 * @typedef {object} FeedState
 * @property {"connecting" | "open" | "waiting" | "locked"} phase
 * @property {boolean} wasLive
 * @property {number | null} latency milliseconds of the last ping, null before the first
 * @property {number | null} pingedAt of a ping not answered yet
 * @property {number | null} retryAt
 * @property {Refusal | null} refused why the list could not be read, though the venue answered
 */

/** @type {FeedState} */
export const AT_FIRST = { phase: "connecting", wasLive: false, latency: null, pingedAt: null, retryAt: null, refused: null };
const KEY_SHOWN = "key";
const PING_EVERY_MS = 2000;
const GIVE_UP_MS = 12_000;
const LAGGED = 4008;
/** So many breaks without a word in between, and the list is read anew. */
const RESUMES_MAX = 3;

/** @param {Ports} ports */
export function createFeed(ports) {
  let state = AT_FIRST;
  /** @type {number | null} */ let sequence = null;
  /** @type {WebSocket | null} */ let socket = null;
  let tries = 0;
  let timer = 0;
  let pings = 0;
  let attempt = 0;

  /** @param {Partial<FeedState>} change */
  function tell(change) {
    state = { ...state, ...change };
    ports.onState(state);
  }

  async function connect() {
    const mine = ++attempt;
    ports.never(timer);
    tell({ phase: "connecting", retryAt: null, pingedAt: null });
    if (sequence === null || tries >= RESUMES_MAX) {
      const read = await ports.readOrders();
      if (mine !== attempt) return;
      if (!read || read.refused) return breakOff(0, read?.refused);
      ports.onOrders(read.orders);
      sequence = read.sequence;
    }
    socket = ports.openSocket(`/ws?from_sequence=${sequence}`);
    socket.onopen = () => mine === attempt && greet(mine);
    socket.onmessage = ({ data }) => mine === attempt && hear(JSON.parse(data), mine);
    socket.onclose = ({ code }) => mine === attempt && breakOff(code);
  }

  /** @param {number} code of the close @param {Refusal | null} refused */
  function breakOff(code, refused = null) {
    attempt += 1;
    ports.never(timer);
    const wait = code === LAGGED ? 0 : Math.max(waitAfter(tries, ports.random), refused?.waitMs ?? 0);
    tries += 1;
    tell({ phase: "waiting", pingedAt: null, latency: null, retryAt: ports.now() + wait, refused });
    timer = ports.later(connect, wait);
  }

  /** Say who this is, where that is asked for. @param {number} mine */
  function greet(mine) {
    const key = ports.key();
    if (key !== null) socket?.send(JSON.stringify({ action: "authenticate", key, request_id: KEY_SHOWN }));
    ping(mine);
  }

  /** @param {number} mine */
  function ping(mine) {
    if (mine !== attempt) return;
    pings += 1;
    socket?.send(JSON.stringify({ action: "ping", request_id: `p${pings}` }));
    tell({ pingedAt: ports.now() });
    timer = ports.later(() => {
      if (mine !== attempt) return;
      socket?.close();
      breakOff(0);
    }, GIVE_UP_MS);
  }

  /** @param {any} message @param {number} mine */
  function hear(message, mine) {
    if (message.event === "order") {
      sequence = Math.max(sequence ?? 0, message.sequence);
      ports.onOrder(message);
    } else if (message.event === "reset") {
      sequence = message.sequence;
      ports.onOrders([]);
      void readBehind(mine);
    } else if (message.event === "reply" && message.request_id === KEY_SHOWN) {
      if (message.status !== 200) ports.onLocked(message.problem?.detail ?? "");
    } else if (message.event === "reply" && message.request_id === `p${pings}`) {
      tries = 0;
      ports.never(timer);
      const latency = state.pingedAt === null ? null : ports.now() - state.pingedAt;
      tell({ phase: "open", wasLive: true, latency, pingedAt: null, retryAt: null, refused: null });
      timer = ports.later(() => ping(mine), PING_EVERY_MS);
    }
  }

  /** After a reset the messages go on; the list joins them. @param {number} mine */
  async function readBehind(mine) {
    const read = await ports.readOrders();
    if (mine !== attempt) return;
    if (read && !read.refused) for (const order of read.orders) ports.onOrder(order);
    else {
      sequence = null;
      socket?.close();
    }
  }

  return {
    start: () => void connect(),
    /** Without a key there is nothing to try: forget everything until the next start. */
    lock() {
      attempt += 1;
      ports.never(timer);
      socket?.close();
      sequence = null;
      tries = 0;
      tell({ ...AT_FIRST, phase: "locked" });
    },
    /** Do not wait for the next try. */
    hurry() {
      if (state.phase === "waiting") void connect();
    },
    /** The venue's history is another one: forget, and read it. */
    restart() {
      sequence = null;
      socket?.close();
      void connect();
    },
  };
}
