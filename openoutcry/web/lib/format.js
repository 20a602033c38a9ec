// Words and numbers for people: separators, times, ages; strings in, strings out.

/** "1234567.80" becomes "1,234,567.80". @param {string} text @returns {string} */
export function grouped(text) {
  const [whole, fraction] = text.split(".");
  const joined = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? joined : `${joined}.${fraction}`;
}

/** @param {number} n @param {number} width @returns {string} */
const padded = (n, width) => String(n).padStart(width, "0");

/** A moment on the reader's own clock, "09:30:05". @param {Date} date @returns {string} */
export function clockTime(date) {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => padded(n, 2)).join(":");
}

/** How long ago, in the shortest words: "now", "42 s", "3 min", "2 h", "5 d". @param {number} ms @returns {string} */
export function age(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** What is left of a wait, to a tenth: "0.7 s"; never below zero. @param {number} ms @returns {string} */
export function countdown(ms) {
  return `${(Math.ceil(Math.max(0, ms) / 100) / 10).toFixed(1)} s`;
}

/**
 * A short number for an axis or a tight column: 1,234,000 becomes "1.23M".
 * Only for whole venue quantities beyond a million; smaller ones are shown exactly.
 * @param {string} text @returns {string}
 */
export function compact(text) {
  const whole = text.split(".")[0];
  const found = [[12, "T"], [9, "B"], [6, "M"]].find(([zeros]) => whole.length > Number(zeros));
  if (!found || whole.startsWith("-")) return grouped(text);
  const cut = whole.length - Number(found[0]);
  const fraction = whole.slice(cut, cut + Math.max(0, 3 - cut));
  return `${grouped(whole.slice(0, cut))}${fraction ? `.${fraction}` : ""}${found[1]}`;
}

/** One form for one, another for the rest. @param {number} n @param {string} one @param {string} many @returns {string} */
export function counted(n, one, many = `${one}s`) {
  return `${grouped(String(n))} ${n === 1 ? one : many}`;
}

/** A symbol as one segment of a path, so that EUR/USD stays one name. @param {string} symbol @returns {string} */
export const segment = (symbol) => encodeURIComponent(symbol);
