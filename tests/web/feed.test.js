// The feed of simple orders against a scripted venue: read, listen, break, resume, reset.

import assert from "node:assert/strict";
import test from "node:test";
import { FIRST_MS, MOST_MS, waitAfter } from "../../openoutcry/web/lib/backoff.js";
import { healthOf, sentenceOf } from "../../openoutcry/web/lib/connection.js";
import { createFeed } from "../../openoutcry/web/lib/feed.js";

/** Let every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A venue on a string: tests say what it answers and turn its clock. */
function stage() {
  const sockets = /** @type {any[]} */ ([]);
  const timers = /** @type {Map<number, {told: () => void, at: number}>} */ (new Map());
  const told = { lists: /** @type {any[]} */ ([]), orders: /** @type {any[]} */ ([]), states: /** @type {any[]} */ ([]), locks: /** @type {string[]} */ ([]) };
  const venue = { answer: /** @type {any} */ ({ orders: [], sequence: 7 }), reads: 0, key: /** @type {string | null} */ (null) };
  let now = 0;
  let names = 0;
  const feed = createFeed(/** @type {any} */ ({
    readOrders: async () => {
      venue.reads += 1;
      return venue.answer;
    },
    key: () => venue.key,
    onLocked: (/** @type {string} */ detail) => told.locks.push(detail),
    openSocket: (/** @type {string} */ path) => {
      const socket = { path, sent: /** @type {any[]} */ ([]), send: (/** @type {string} */ text) => socket.sent.push(JSON.parse(text)), close: () => {} };
      sockets.push(socket);
      return socket;
    },
    onOrders: (/** @type {any} */ list) => told.lists.push(list),
    onOrder: (/** @type {any} */ one) => told.orders.push(one),
    onState: (/** @type {any} */ state) => told.states.push(state),
    now: () => now,
    random: () => 0,
    later: (/** @type {() => void} */ call, /** @type {number} */ ms) => {
      names += 1;
      timers.set(names, { told: call, at: now + ms });
      return names;
    },
    never: (/** @type {number} */ name) => timers.delete(name),
  }));
  return {
    feed, sockets, told, venue,
    /** @param {any} message */
    say: (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) }),
    pong: () => sockets.at(-1).onmessage({ data: JSON.stringify({ event: "reply", request_id: sockets.at(-1).sent.at(-1).request_id, status: 200 }) }),
    /** @param {number} ms */
    async pass(ms) {
      now += ms;
      for (const [name, timer] of [...timers]) {
        if (timer.at > now) continue;
        timers.delete(name);
        timer.told();
      }
      await settle();
    },
    state: () => told.states.at(-1),
    now: () => now,
  };
}

/** A stage with a live connection. */
async function live() {
  const it = stage();
  it.feed.start();
  await settle();
  it.sockets[0].onopen();
  await it.pass(3);
  it.pong();
  return it;
}

test("the list is read first and listening starts at its sequence", async () => {
  const it = await live();
  assert.equal(it.sockets[0].path, "/ws?from_sequence=7");
  assert.deepEqual(it.told.lists, [[]]);
  assert.deepEqual([it.state().phase, it.state().latency, it.state().pingedAt], ["open", 3, null]);
});

test("after a break listening resumes at the last sequence heard, without reading the list again", async () => {
  const it = await live();
  it.say({ event: "order", sequence: 9, id: 41 });
  it.sockets[0].onclose({ code: 1006 });
  assert.equal(it.state().phase, "waiting");
  await it.pass(FIRST_MS);
  assert.equal(it.sockets[1].path, "/ws?from_sequence=9");
  assert.equal(it.venue.reads, 1);
});

test("a client that was too slow comes back at once", async () => {
  const it = await live();
  it.sockets[0].onclose({ code: 4008 });
  await it.pass(0);
  assert.equal(it.sockets.length, 2);
});

test("a reset forgets, reads the list, and keeps what came meanwhile", async () => {
  const it = await live();
  it.venue.answer = { orders: [{ id: 1 }], sequence: 4 };
  it.say({ event: "reset", sequence: 3, reason: "ahead" });
  it.say({ event: "order", sequence: 4, id: 2 });
  await settle();
  assert.deepEqual(it.told.lists.at(-1), []);
  assert.deepEqual(it.told.orders.map((order) => order.id), [2, 1]);
  it.sockets[0].onclose({ code: 1006 });
  await it.pass(FIRST_MS);
  assert.equal(it.sockets[1].path, "/ws?from_sequence=4");
});

test("a venue that does not answer is asked again, later and later", async () => {
  const it = stage();
  it.venue.answer = null;
  it.feed.start();
  await settle();
  const waits = [];
  for (let n = 0; n < 8; n += 1) {
    assert.equal(it.state().phase, "waiting");
    waits.push(it.state().retryAt - it.now());
    await it.pass(MOST_MS);
  }
  assert.deepEqual(waits, [125, 250, 500, 1000, 2000, 4000, 4000, 4000]);
  assert.equal(it.venue.reads, 9);
  assert.equal(it.sockets.length, 0);
});

test("after some vain resumes the list is read anew", async () => {
  const it = await live();
  for (let n = 0; n < 4; n += 1) {
    it.sockets.at(-1).onclose({ code: 1006 });
    await it.pass(MOST_MS);
  }
  assert.equal(it.venue.reads, 3);
});

test("a connection without an answer to a ping is given up", async () => {
  const it = await live();
  await it.pass(2000);
  await it.pass(12_000);
  assert.equal(it.state().phase, "waiting");
});

test("where a key is held it is the first thing said, and never a part of the address", async () => {
  const it = stage();
  it.venue.key = "k1.secret";
  it.feed.start();
  await settle();
  it.sockets[0].onopen();
  assert.deepEqual(it.sockets[0].sent.map((/** @type {any} */ one) => one.action), ["authenticate", "ping"]);
  assert.equal(it.sockets[0].sent[0].key, "k1.secret");
  assert.ok(!it.sockets[0].path.includes("secret"));
  it.say({ event: "reply", request_id: "key", status: 401, problem: { detail: "the key has expired" } });
  assert.deepEqual(it.told.locks, ["the key has expired"]);
});

test("a locked feed tries nothing until it is started again", async () => {
  const it = await live();
  it.feed.lock();
  assert.equal(it.state().phase, "locked");
  await it.pass(10 * MOST_MS);
  assert.deepEqual([it.sockets.length, it.venue.reads], [1, 1]);
  it.feed.start();
  await settle();
  assert.deepEqual([it.sockets.length, it.venue.reads], [2, 2]);
});

test("a venue that asks to wait is not asked before", async () => {
  const it = stage();
  it.venue.answer = { refused: { status: 429, detail: "too many", waitMs: 9000 } };
  it.feed.start();
  await settle();
  assert.equal(it.state().retryAt, 9000);
  await it.pass(8999);
  assert.equal(it.venue.reads, 1);
});

test("messages of an abandoned connection are not heard", async () => {
  const it = await live();
  const [old] = it.sockets;
  old.onclose({ code: 1006 });
  old.onmessage({ data: JSON.stringify({ event: "order", sequence: 99, id: 5 }) });
  assert.deepEqual(it.told.orders, []);
});

test("waits double to a limit and are scattered", () => {
  assert.equal(waitAfter(0, () => 0), FIRST_MS / 2);
  assert.equal(waitAfter(2, () => 0.999), FIRST_MS * 4);
  assert.equal(waitAfter(1000, () => 0), MOST_MS / 2);
});

test("the pill tells what is known, and the banner what is true", () => {
  const open = { phase: /** @type {const} */ ("open"), wasLive: true, latency: 1, pingedAt: null, retryAt: null, refused: null };
  /** @param {object} feed @param {object} signs */
  const health = (feed = {}, signs = {}) => healthOf({ feed: { ...open, ...feed }, marketDueAt: 9000, isHidden: false, now: 10_000, ...signs });
  assert.equal(health(), "live");
  assert.equal(health({ phase: "connecting", wasLive: false }), "connecting");
  assert.equal(health({ phase: "connecting" }), "down");
  assert.equal(health({ phase: "waiting" }), "down");
  assert.equal(health({ pingedAt: 5000 }), "stale");
  assert.equal(health({}, { marketDueAt: 0 }), "stale");
  assert.equal(health({}, { marketDueAt: 60_000 }), "live");
  assert.equal(health({ phase: "locked" }), "locked");
  assert.equal(health({ phase: "waiting", refused: { status: 429, detail: "", waitMs: 0 } }), "limited");
  assert.match(sentenceOf("locked", { frozenAt: null, retryInMs: null }) ?? "", /needs a key/);
  assert.equal(health({}, { marketDueAt: 0, isHidden: true }), "live");
  assert.equal(sentenceOf("live", { frozenAt: null, retryInMs: null }), null);
  assert.match(sentenceOf("down", { frozenAt: "09:30:05", retryInMs: 2100 }) ?? "", /frozen since 09:30:05\. Orders stay at the venue\. Next try in 3 s\./);
});
