// The venue's rules for a simple order, checked before it is sent, so that a typing slip costs no round trip.
// The words are those of the venue's own answers.

/** @typedef {{stocks: string, quantity: number}} SimpleOrder */
/** @typedef {"stocks" | "quantity"} Field */
/** @typedef {{field: Field, code: string, detail: string}} Fault */

export const QUANTITY_MAX = 1_000_000_000;
export const SYMBOL_LENGTH_MAX = 64;
const SHOWN_MAX = 64;

/** What the venue takes for a space; JavaScript's own idea of it differs a little. */
const SPACE = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
const CONTROL = /[\p{Cc}\p{Cs}]/u;

/** @param {Field} field @param {string} code @param {string} detail @returns {Fault} */
const fault = (field, code, detail) => ({ field, code, detail });

/** @param {string} text @returns {string} as the venue repeats what it was sent */
const shortened = (text) => ([...text].length <= SHOWN_MAX ? text : `${[...text].slice(0, SHOWN_MAX - 1).join("")}…`);

/** @param {Field[]} fields @returns {Fault} */
function missing(fields) {
  const word = fields.length === 1 ? "property" : "properties";
  return fault(fields[0], "missing_property", `missing ${word}: ${fields.join(", ")}; an order has stocks and quantity`);
}

/** @param {string} stocks @returns {Fault | null} */
export function checkStocks(stocks) {
  /** @param {string} detail */
  const invalid = (detail) => fault("stocks", "invalid_value", detail);
  const characters = [...stocks];
  if (characters.length === 0) return missing(["stocks"]);
  if (characters.length > SYMBOL_LENGTH_MAX) {
    return invalid(`stocks must have 1 to ${SYMBOL_LENGTH_MAX} characters, this has ${characters.length}`);
  }
  if (characters.every((one) => SPACE.test(one))) return invalid("stocks must not be blank");
  if (SPACE.test(characters[0]) || SPACE.test(characters[characters.length - 1])) {
    return invalid("stocks must not begin or end with a space");
  }
  if (CONTROL.test(stocks)) return invalid("stocks must not hold control characters");
  return null;
}

/** @param {string} typed @returns {Fault | null} */
export function checkQuantity(typed) {
  if (typed === "") return missing(["quantity"]);
  if (/^-?\d+$/.test(typed)) {
    const value = BigInt(typed);
    if (value >= 1n && value <= BigInt(QUANTITY_MAX)) return null;
    return fault("quantity", "invalid_value", `quantity must be from 1 to ${QUANTITY_MAX}`);
  }
  const found = /^-?\d+\.\d+$/.test(typed) ? typed : JSON.stringify(typed);
  return fault("quantity", "invalid_type", `quantity must be an integer; found ${shortened(found)}`);
}

/**
 * @param {{stocks: string, quantity: string}} typed what stands in the form
 * @returns {{order: SimpleOrder, fault: null} | {order: null, fault: Fault}} the first fault, as the venue answers
 */
export function checkOrder({ stocks, quantity }) {
  const absent = /** @type {Field[]} */ ([...(stocks ? [] : ["stocks"]), ...(quantity ? [] : ["quantity"])]);
  if (absent.length) return { order: null, fault: missing(absent) };
  const type = checkQuantity(quantity);
  const first = type?.code === "invalid_type" ? type : (checkStocks(stocks) ?? type);
  if (first) return { order: null, fault: first };
  return { order: { stocks, quantity: Number(quantity) }, fault: null };
}
