// Exact decimals: the venue's strings as whole numbers of a power of ten, so that money never meets a float.

/** @typedef {{units: bigint, places: number}} Decimal  the value is units / 10^places */

const SHAPE = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Read a decimal of the venue, such as "187.20".
 * @param {string} text
 * @returns {Decimal}
 */
export function parse(text) {
  const found = SHAPE.exec(text);
  if (!found) throw new RangeError(`expected a decimal such as "187.20", found "${text}"`);
  const [, sign, whole, fraction = ""] = found;
  const units = BigInt(whole + fraction);
  return { units: sign ? -units : units, places: fraction.length };
}

/** @param {Decimal} a @param {number} places at least a.places @returns {bigint} */
function unitsAt(a, places) {
  return a.units * 10n ** BigInt(places - a.places);
}

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export function add(a, b) {
  const places = Math.max(a.places, b.places);
  return { units: unitsAt(a, places) + unitsAt(b, places), places };
}

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export function subtract(a, b) {
  return add(a, { units: -b.units, places: b.places });
}

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export function multiply(a, b) {
  return { units: a.units * b.units, places: a.places + b.places };
}

/**
 * Divide, rounding half to even, as the venue does for an average price.
 * @param {Decimal} a @param {Decimal} b not zero @param {number} places
 * @returns {Decimal}
 */
export function divide(a, b, places) {
  if (b.units === 0n) throw new RangeError("expected a divisor other than zero");
  let top = a.units * 10n ** BigInt(places + b.places);
  let bottom = b.units * 10n ** BigInt(a.places);
  if (bottom < 0n) [top, bottom] = [-top, -bottom];
  const size = top < 0n ? -top : top;
  const rest = size % bottom;
  let units = size / bottom;
  if (rest * 2n > bottom || (rest * 2n === bottom && units % 2n === 1n)) units += 1n;
  return { units: top < 0n ? -units : units, places };
}

/** @param {Decimal} a @param {Decimal} b @returns {-1 | 0 | 1} */
export function compare(a, b) {
  const { units } = subtract(a, b);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export function smaller(a, b) {
  return compare(a, b) <= 0 ? a : b;
}

/** The middle of two prices, exactly. @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export function middle(a, b) {
  const sum = add(a, b);
  const half = { units: sum.units * 5n, places: sum.places + 1 };
  return half.units % 10n === 0n ? { units: half.units / 10n, places: sum.places } : half;
}

/** Drop trailing zeros down to so many places. @param {Decimal} a @param {number} places @returns {Decimal} */
export function trim(a, places) {
  let { units, places: have } = a;
  while (have > places && units % 10n === 0n) {
    units /= 10n;
    have -= 1;
  }
  return { units, places: have };
}

/** @param {Decimal} a @returns {string} the venue's form: no separators, all places */
export function toText(a) {
  const digits = (a.units < 0n ? -a.units : a.units).toString().padStart(a.places + 1, "0");
  const cut = digits.length - a.places;
  const text = a.places ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
  return a.units < 0n ? `-${text}` : text;
}

/**
 * A ratio as a float between 0 and 1, for widths on the screen only.
 * @param {Decimal} part @param {Decimal} whole @returns {number}
 */
export function share(part, whole) {
  if (whole.units <= 0n) return 0;
  return Math.min(1, Number(divide(part, whole, 4).units) / 10000);
}

export const ZERO = Object.freeze({ units: 0n, places: 0 });
