// Exact decimals: what the page adds, averages and halves is what the venue would.

import assert from "node:assert/strict";
import test from "node:test";
import { add, compare, divide, middle, multiply, parse, share, smaller, subtract, toText, trim } from "../../openoutcry/web/lib/decimal.js";

/** @param {string} text */
const d = (text) => parse(text);

test("a decimal of the venue survives reading and writing", () => {
  for (const text of ["187.20", "0.00000001", "10", "-0.05", "0", "900719925474099312345.678"]) {
    assert.equal(toText(d(text)), text);
  }
});

test("what is not a decimal of the venue is refused", () => {
  for (const text of ["", ".5", "1.", "1e5", "NaN", " 1", "1,000", "+1"]) assert.throws(() => d(text), RangeError);
});

test("a tenth and two tenths are three tenths", () => {
  assert.equal(toText(add(d("0.1"), d("0.2"))), "0.3");
  assert.equal(toText(subtract(d("187.24"), d("187.2"))), "0.04");
  assert.equal(toText(multiply(d("187.24"), d("1000000000"))), "187240000000.00");
});

test("places do not change a comparison", () => {
  assert.equal(compare(d("10"), d("10.00")), 0);
  assert.equal(compare(d("9.99"), d("10")), -1);
  assert.equal(toText(smaller(d("3"), d("2.5"))), "2.5");
});

test("a division rounds half to even", () => {
  assert.equal(toText(divide(d("1"), d("8"), 2)), "0.12");
  assert.equal(toText(divide(d("3"), d("8"), 2)), "0.38");
  assert.equal(toText(divide(d("-1"), d("8"), 2)), "-0.12");
  assert.equal(toText(divide(d("2"), d("3"), 8)), "0.66666667");
  assert.throws(() => divide(d("1"), d("0"), 2), RangeError);
});

test("the mid of two prices is exact, with a place more only where it is needed", () => {
  assert.equal(toText(middle(d("187.20"), d("187.25"))), "187.225");
  assert.equal(toText(middle(d("187.20"), d("187.24"))), "187.22");
});

test("trailing zeros go only down to the places asked for", () => {
  assert.equal(toText(trim(d("187.5000"), 2)), "187.50");
  assert.equal(toText(trim(d("1000"), 0)), "1000");
});

test("a share is for drawing: between 0 and 1, whatever comes", () => {
  assert.equal(share(d("1"), d("4")), 0.25);
  assert.equal(share(d("5"), d("4")), 1);
  assert.equal(share(d("5"), d("0")), 0);
});
