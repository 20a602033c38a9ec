// The orders, newest first, each row rewritten only when its order or its age changes.

import { byId, flash, make, mark, write } from "../lib/dom.js";
import { age, countdown, grouped } from "../lib/format.js";
import { counts, newestFirst } from "../lib/orders.js";
import { oncePerFrame } from "../lib/signal.js";

/** @typedef {import("../lib/orders.js").Order} Order */
/** @typedef {{order: Order | null, row: HTMLTableRowElement, state: HTMLElement, bar: HTMLElement, cancel: HTMLButtonElement}} Line */

const SKELETONS = 6;

/**
 * @param {object} ports
 * @param {Map<number, Order>} ports.orders
 * @param {() => number} ports.now the venue's time
 * @param {() => number} ports.delay how long an order waits before it goes to market
 * @param {(order: Order) => Promise<string | null>} ports.onCancel null when it went well
 * @param {(symbol: string) => void} ports.onSymbol
 */
export function blotterView({ orders, now, delay, onCancel, onSymbol }) {
  const table = /** @type {HTMLTableElement} */ (byId("orders"));
  const [empty, note] = [byId("orders-empty"), byId("orders-note")];
  const filters = [...byId("filters").querySelectorAll("button")];
  const tabCount = byId("tab-count");
  /** @type {Map<number, Line>} */ const lines = new Map();
  let filter = "ALL";
  let isRead = false;
  let fault = "";
  /** @type {string | null} */ let sellerless = null;

  /** @param {Order} order @returns {Line} */
  function lineOf(order) {
    const [state, bar] = [make("span", { class: "state" }), make("i", { class: "bar", "aria-hidden": "true" })];
    const symbol = make("button", { type: "button", class: "link" }, order.stocks);
    const cancel = make("button", { type: "button", class: "cancel", "aria-label": `Cancel order ${order.id}` }, "Cancel");
    const cells = [make("td", {}, String(order.id)), make("td", {}, symbol), make("td", {}, grouped(String(order.quantity))),
      make("td"), make("td"), make("td", {}, state, bar), make("td"), make("td", {}, cancel)];
    const row = make("tr", { "data-order": String(order.id) }, ...cells);
    symbol.addEventListener("click", () => onSymbol(order.stocks));
    cancel.addEventListener("click", async () => {
      cancel.disabled = true;
      const words = await onCancel(order);
      cancel.disabled = false;
      say(words ? `Order ${order.id}: ${words}` : "");
    });
    return { order: null, row, state, bar, cancel };
  }

  /** @param {Line} line @param {Order} order */
  function rewrite(line, order) {
    const [, , , filled, average] = line.row.cells;
    write(filled, grouped(String(order.filled_quantity)));
    write(average, order.average_price === null ? "–" : grouped(order.average_price));
    mark(line.row, "data-status", order.status);
    line.cancel.hidden = order.status !== "PENDING";
    if (line.order && line.order.status !== order.status) {
      flash(line.row, order.status === "EXECUTED" ? "var(--up-flash)" : "var(--calm-flash)");
    }
    line.order = order;
  }

  /** What time alone changes. @param {Line} line @returns {boolean} whether it counts down */
  function tick({ order, row, state, bar }) {
    if (!order) return false;
    const lived = now() - Date.parse(order.created_at);
    write(row.cells[6], age(lived));
    const wait = delay();
    const isYoung = order.status === "PENDING" && order.filled_quantity === 0 && lived < wait;
    const isWaiting = order.status === "PENDING" && !isYoung && lived > wait + 400;
    write(state, order.status);
    mark(row, "data-wait", isYoung ? "market" : isWaiting ? "sellers" : null);
    mark(state, "data-more", isYoung ? `to market in ${countdown(wait - lived)}` : isWaiting ? "waiting for sellers" : null);
    const share = isYoung ? lived / wait : order.filled_quantity / order.quantity;
    bar.style.setProperty("--share", String(Math.max(0, Math.min(1, share))));
    return isYoung;
  }

  /** @param {Order} order */
  const isShown = (order) => filter === "ALL" || order.status === filter;

  const paint = oncePerFrame(() => {
    const sum = counts(orders.values());
    for (const button of filters) write(/** @type {Element} */ (button.querySelector("b")), grouped(String(sum[/** @type {keyof typeof sum} */ (button.dataset.status)])));
    write(tabCount, sum.PENDING ? String(sum.PENDING) : "");
    if (!isRead) return;
    for (const [id, line] of lines) {
      if (orders.has(id)) continue;
      line.row.remove();
      lines.delete(id);
    }
    const shown = newestFirst(orders.values()).filter(isShown);
    const rows = shown.map((order) => {
      let line = lines.get(order.id);
      if (!line) lines.set(order.id, (line = lineOf(order)));
      if (line.order !== order) rewrite(line, order);
      tick(line);
      return line.row;
    });
    arrange(rows);
    empty.hidden = shown.length > 0;
    write(empty, orders.size ? `No ${filter.toLowerCase()} orders.` : "No orders yet. Type a symbol and a quantity, then Buy.");
  });

  /** @param {string} words a fault; without one, what open orders wait for */
  function say(words) {
    fault = words;
    const isWaiting = [...orders.values()].some((order) => order.status === "PENDING" && order.stocks === sellerless);
    write(note, fault || (isWaiting ? `${sellerless} has no sellers here: start the simulated market.` : ""));
    note.title = note.textContent ?? "";
  }

  /** Put the rows in this order, moving only what is not in place, so that focus stays. @param {HTMLTableRowElement[]} rows */
  function arrange(rows) {
    const body = table.tBodies[0];
    const wanted = new Set(rows);
    for (const row of [...body.rows]) if (!wanted.has(row)) row.remove();
    rows.forEach((row, n) => {
      if (body.rows[n] !== row) body.insertBefore(row, body.rows[n] ?? null);
    });
  }

  for (const button of filters) {
    button.addEventListener("click", () => {
      filter = button.dataset.status ?? "ALL";
      for (const other of filters) other.setAttribute("aria-pressed", String(other === button));
      paint();
    });
  }
  const skeleton = () => make("tr", { class: "skeleton" }, ...Array.from({ length: 8 }, () => make("td", {}, make("i"))));
  table.tBodies[0].append(...Array.from({ length: SKELETONS }, skeleton));

  let beats = 0;
  setInterval(() => {
    if (document.hidden) return;
    beats += 1;
    for (const line of lines.values()) {
      if (line.row.isConnected && (beats % 10 === 0 || line.order?.status === "PENDING")) tick(line);
    }
  }, 100);

  return {
    paint,
    /** The list has been read: from now on an empty one means that there are none. */
    read() {
      isRead = true;
      paint();
    },
    say,
    /** @param {string} symbol @param {boolean} has whether its book has sellers */
    sellers(symbol, has) {
      sellerless = has ? null : symbol;
      say(fault);
    },
  };
}
