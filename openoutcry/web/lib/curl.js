// The form's call as a command for a terminal, quoted so that any symbol survives the shell.

/** @param {string} text @returns {string} one word for a POSIX shell */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {string} origin such as "http://127.0.0.1:8000"
 * @param {import("./check.js").SimpleOrder} order
 * @returns {string}
 */
export function curlOf(origin, order) {
  const body = `{"stocks": ${JSON.stringify(order.stocks)}, "quantity": ${order.quantity}}`;
  return `curl -X POST ${origin}/orders -H 'Content-Type: application/json' -d ${quoted(body)}`;
}
