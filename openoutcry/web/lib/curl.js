// The form's call as a command for a terminal, quoted so that any symbol survives the shell.

/** The shell puts the key in; the page never writes it down. */
const KEY = ' -H "Authorization: Bearer $OPENOUTCRY_KEY"';

/** @param {string} text @returns {string} one word for a POSIX shell */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {string} origin such as "http://127.0.0.1:8000"
 * @param {import("./check.js").SimpleOrder} order
 * @param {boolean} needsKey
 * @returns {string}
 */
export function curlOf(origin, order, needsKey = false) {
  const body = `{"stocks": ${JSON.stringify(order.stocks)}, "quantity": ${order.quantity}}`;
  const key = needsKey ? KEY : "";
  return `curl -X POST ${origin}/orders${key} -H 'Content-Type: application/json' -d ${quoted(body)}`;
}
