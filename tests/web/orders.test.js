// The fold of simple orders: what is newer wins, however it arrives, and old lists are read from their end.

import assert from "node:assert/strict";
import test from "node:test";
import { KEPT_MAX, counts, fold, newestFirst, readNewest, seenDelay } from "../../openoutcry/web/lib/orders.js";

/** @param {number} id @param {Partial<import("../../openoutcry/web/lib/orders.js").Order>} change */
const order = (id, change = {}) => ({
  id, stocks: "AAPL", quantity: 10, status: /** @type {const} */ ("PENDING"), filled_quantity: 0, average_price: null,
  created_at: "2026-11-23T09:30:00.000000Z", updated_at: "2026-11-23T09:30:00.000000Z", ...change,
});

test("an ended order never changes again", () => {
  const orders = new Map();
  assert.ok(fold(orders, order(1)));
  assert.ok(fold(orders, order(1, { status: "EXECUTED", filled_quantity: 10 })));
  assert.ok(!fold(orders, order(1)));
  assert.ok(!fold(orders, order(1, { status: "CANCELLED" })));
  assert.equal(orders.get(1).status, "EXECUTED");
});

test("a partial fill is news, an older one is not", () => {
  const orders = new Map();
  fold(orders, order(1, { filled_quantity: 4 }));
  assert.ok(!fold(orders, order(1, { filled_quantity: 2 })));
  assert.ok(fold(orders, order(1, { filled_quantity: 6 })));
});

test("beyond the limit the oldest ended order leaves, an open one stays", () => {
  const orders = new Map();
  fold(orders, order(1));
  for (let id = 2; id <= KEPT_MAX + 50; id += 1) fold(orders, order(id, { status: "CANCELLED" }));
  assert.equal(orders.size, KEPT_MAX);
  assert.ok(orders.has(1));
  assert.ok(!orders.has(2));
  assert.equal(newestFirst(orders.values())[0].id, KEPT_MAX + 50);
  assert.deepEqual(counts(orders.values()), { ALL: 200, PENDING: 1, EXECUTED: 0, CANCELLED: 199 });
});

test("the pending delay is learned from orders that traded", () => {
  assert.equal(seenDelay([order(1)], 1000), 1000);
  const fast = order(2, { status: "EXECUTED", filled_quantity: 10, updated_at: "2026-11-23T09:30:00.300000Z" });
  const slow = order(3, { status: "EXECUTED", filled_quantity: 10, updated_at: "2026-11-23T09:31:00.000000Z" });
  assert.equal(seenDelay([fast, slow]), 300);
});

for (const [name, ids] of /** @type {[string, number[]][]} */ ([
  ["none", []],
  ["a few", [3, 9, 12]],
  ["exactly one page", Array.from({ length: 200 }, (_, n) => n + 1)],
  ["a dense million", Array.from({ length: 1_000_000 }, (_, n) => n + 1)],
  ["thin ones among many ids", Array.from({ length: 3000 }, (_, n) => 1 + n * 4001)],
  ["old ones, a gap, and few new ones", [...Array.from({ length: 900 }, (_, n) => n + 1), 5_000_000, 5_000_001]],
])) {
  test(`the newest are found in few calls: ${name}`, async () => {
    let calls = 0;
    const found = await readNewest(async (after) => {
      calls += 1;
      const from = ids.findIndex((id) => id > after);
      return from < 0 ? [] : ids.slice(from, from + 200).map((id) => order(id));
    });
    const wanted = ids.slice(-found.length || ids.length);
    assert.deepEqual(found.map(({ id }) => id), wanted);
    assert.ok(found.length >= Math.min(100, ids.length), `${found.length} found`);
    assert.ok(calls <= 45, `${calls} calls`);
  });
}
