// The tape, the axes, the words and the clock of the market's panels.

import assert from "node:assert/strict";
import test from "node:test";
import { venueClock } from "../../openoutcry/web/lib/clock.js";
import { age, clockTime, compact, countdown, counted, grouped, segment } from "../../openoutcry/web/lib/format.js";
import { budgetOf, paceOf } from "../../openoutcry/web/lib/pace.js";
import { priceTicks, timeTicks } from "../../openoutcry/web/lib/scale.js";
import { TRADES_MAX, join, lastPrice } from "../../openoutcry/web/lib/tape.js";

/** @param {number} trade_id @param {string} price @param {boolean} busted */
const trade = (trade_id, price = "100.00", busted = false) => ({
  trade_id, price, quantity: "1", side: /** @type {const} */ ("buy"), busted, at: "2026-11-23T09:30:00.000000Z",
});

test("overlapping pages join without doubles", () => {
  const known = join([], [trade(3), trade(2), trade(1)]);
  assert.deepEqual(join(known, [trade(5), trade(4), trade(3)]).map((one) => one.trade_id), [5, 4, 3, 2, 1]);
  assert.equal(join(known, [trade(3), trade(2)]), known);
});

test("a bust reaches a trade that was already known", () => {
  const known = join([], [trade(2), trade(1)]);
  assert.ok(join(known, [trade(2, "100.00", true), trade(1)])[0].busted);
});

test("the tape is bounded", () => {
  const page = Array.from({ length: TRADES_MAX + 10 }, (_, n) => trade(TRADES_MAX + 10 - n));
  assert.equal(join([], page).length, TRADES_MAX);
});

test("the last price looks past busted trades and tells where it came from", () => {
  assert.equal(lastPrice([]), null);
  const found = lastPrice([trade(4, "90.00", true), trade(3, "101.00"), trade(2, "101.0"), trade(1, "100.00")]);
  assert.deepEqual([found?.price, found?.direction], ["101.00", 1]);
  assert.equal(lastPrice([trade(1)])?.direction, 0);
});

test("numbers are for people and lose nothing", () => {
  assert.equal(grouped("1234567.8900"), "1,234,567.8900");
  assert.equal(grouped("-1234"), "-1,234");
  assert.equal(grouped("0.00012345"), "0.00012345");
  assert.equal(compact("999999"), "999,999");
  assert.equal(compact("1234000"), "1.23M");
  assert.equal(compact("1000000000"), "1.00B");
  assert.equal(counted(1, "order"), "1 order");
  assert.equal(counted(1200, "order"), "1,200 orders");
});

test("a wait counts down and an age grows", () => {
  assert.equal(countdown(640), "0.7 s");
  assert.equal(countdown(-5), "0.0 s");
  assert.deepEqual([0, 1500, 61_000, 3_700_000, 90_000_000].map(age), ["now", "1 s", "1 min", "1 h", "1 d"]);
  assert.match(clockTime(new Date(0)), /^\d\d:\d\d:\d\d$/);
});

test("a symbol is one segment of a path", () => {
  assert.equal(segment("EUR/USD"), "EUR%2FUSD");
});

test("axes have round numbers inside their range, written as precisely as the prices", () => {
  assert.deepEqual(priceTicks(187.12, 187.58, 5), { values: [187.2, 187.3, 187.4, 187.5], places: 1 });
  assert.equal(priceTicks(187.12, 187.58, 5, 2).places, 2);
  assert.deepEqual(priceTicks(5, 5, 5, 2), { values: [5], places: 2 });
  assert.deepEqual(timeTicks(1000, 61_000, 4), { values: [15_000, 30_000, 45_000, 60_000], step: 15_000 });
});

test("the venue's clock is the least lag seen", () => {
  const clock = venueClock();
  assert.equal(clock.now(5000), 5000);
  clock.heard("1970-01-01T00:00:01.000000Z", 1900);
  clock.heard("1970-01-01T00:00:02.000000Z", 2400);
  clock.heard("junk", 0);
  assert.equal(clock.now(5000), 4600);
});

test("where requests are limited the page looks less often, the less is left", () => {
  const budget = budgetOf(new Headers({ "RateLimit-Limit": "60", "RateLimit-Remaining": "60" }));
  assert.equal(budgetOf(new Headers()), null);
  assert.equal(paceOf([null, null], 400), 400);
  assert.equal(paceOf([budget, budget], 400), 4000);
  assert.equal(paceOf([budget, { limit: 60, remaining: 30 }], 400), 8000);
  assert.equal(paceOf([{ limit: 60, remaining: 0 }, budget], 400), 16_000);
  assert.equal(paceOf([{ limit: 60_000, remaining: 60_000 }, null], 400), 400);
});
