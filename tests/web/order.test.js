// What the page says about an order before it is sent, and the command that would send it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { checkOrder, checkQuantity, checkStocks } from "../../openoutcry/web/lib/check.js";
import { curlOf, quoted } from "../../openoutcry/web/lib/curl.js";
import { cumulative, estimate } from "../../openoutcry/web/lib/estimate.js";
import { toText } from "../../openoutcry/web/lib/decimal.js";

test("a symbol and a whole quantity make an order", () => {
  const { order, fault } = checkOrder({ stocks: "EUR/USD", quantity: "10" });
  assert.deepEqual(order, { stocks: "EUR/USD", quantity: 10 });
  assert.equal(fault, null);
});

test("the bounds are the venue's", () => {
  assert.equal(checkQuantity("1"), null);
  assert.equal(checkQuantity("1000000000"), null);
  for (const typed of ["0", "-5", "1000000001", "99999999999999999999"]) {
    assert.equal(checkQuantity(typed)?.detail, "quantity must be from 1 to 1000000000");
  }
  assert.equal(checkStocks("x".repeat(64)), null);
  assert.equal(checkStocks("🂡".repeat(64)), null);
  assert.equal(checkStocks("x".repeat(65))?.detail, "stocks must have 1 to 64 characters, this has 65");
});

test("a fault is told in the venue's words", () => {
  assert.equal(checkQuantity("1.5")?.detail, "quantity must be an integer; found 1.5");
  assert.equal(checkQuantity("ten")?.detail, 'quantity must be an integer; found "ten"');
  assert.equal(checkStocks("  ")?.detail, "stocks must not be blank");
  assert.equal(checkStocks(" A")?.detail, "stocks must not begin or end with a space");
  assert.equal(checkStocks("A\u0007B")?.detail, "stocks must not hold control characters");
});

test("of several faults the venue's first is told: missing, type, range", () => {
  /** @param {string} stocks @param {string} quantity */
  const first = (stocks, quantity) => checkOrder({ stocks, quantity }).fault?.detail;
  assert.equal(first("", ""), "missing properties: stocks, quantity; an order has stocks and quantity");
  assert.equal(first("", "0"), "missing property: stocks; an order has stocks and quantity");
  assert.match(first(" A", "1.5") ?? "", /^quantity must be an integer/);
  assert.match(first(" A", "0") ?? "", /^stocks must not begin/);
});

test("the command survives the shell, whatever the symbol", () => {
  for (const stocks of ["AAPL", "O'Hara", 'a"b', "$(rm) `x` \\n", "ключ & co"]) {
    const command = curlOf("http://127.0.0.1:8000", { stocks, quantity: 10 });
    const shown = execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\n'")], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(shown.trim().split("\n").at(-1) ?? ""), { stocks, quantity: 10 });
  }
  assert.equal(quoted("it's"), "'it'\\''s'");
});

test("the command names the key's variable and leaves it to the shell", () => {
  const order = { stocks: "AAPL", quantity: 10 };
  assert.ok(!curlOf("http://127.0.0.1:8000", order).includes("Authorization"));
  const shown = curlOf("http://127.0.0.1:8000", order, true);
  assert.ok(shown.includes('-H "Authorization: Bearer $OPENOUTCRY_KEY"'));
});

test("an estimate takes the best sellers first and says what they cannot give", () => {
  /** @type {import("../../openoutcry/web/lib/estimate.js").Level[]} */
  const asks = [["187.20", "5"], ["187.30", "10"]];
  const whole = estimate(asks, "10");
  assert.equal(toText(whole.cost), "1872.50");
  assert.equal(whole.average && toText(whole.average), "187.2500");
  assert.equal(whole.missing.units, 0n);
  const part = estimate(asks, "20");
  assert.equal(toText(part.filled), "15");
  assert.equal(toText(part.missing), "5");
  assert.equal(estimate([], "20").average, null);
});

test("cumulative sizes are exact sums", () => {
  assert.deepEqual(cumulative([["1", "0.1"], ["2", "0.2"], ["3", "5"]]).map(toText), ["0.1", "0.3", "5.3"]);
});
