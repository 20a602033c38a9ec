// The ticket: symbol and quantity, checked as typed, priced from the book on the screen, sent once.

import { byId, mark, write } from "../lib/dom.js";
import { checkOrder, checkQuantity, checkStocks } from "../lib/check.js";
import { curlOf } from "../lib/curl.js";
import { estimate } from "../lib/estimate.js";
import { divide, parse, toText, trim } from "../lib/decimal.js";
import { grouped } from "../lib/format.js";
import { call, newIdempotencyKey } from "../lib/venue.js";

/** @typedef {import("./book.js").Book} Book */

/**
 * @param {object} ports
 * @param {(symbol: string) => void} ports.onSymbol
 * @param {(order: any) => void} ports.onPlaced
 * @param {(symbol: string) => {isListed: boolean, nearest: string | null}} ports.known
 */
export function ticketView({ onSymbol, onPlaced, known }) {
  const form = /** @type {HTMLFormElement} */ (byId("ticket"));
  const [stocks, quantity] = ["stocks", "quantity"].map((id) => /** @type {HTMLInputElement} */ (byId(id)));
  const [buy, said, curl, copy] = [/** @type {HTMLButtonElement} */ (byId("buy")), byId("said"), byId("curl"), byId("copy")];
  const [average, cost] = byId("cost").querySelectorAll("dd");
  const [averageName, costName] = byId("cost").querySelectorAll("dt");
  /** @type {Book | null} */ let book = null;
  let currency = "";
  let isOpen = false;
  let needsKey = false;
  let isSending = false;
  /** Kept while the venue has not answered, so that trying again cannot order twice. @type {{body: string, key: string} | null} */
  let unanswered = null;

  const typed = () => ({ stocks: stocks.value.trim(), quantity: quantity.value.trim() });

  /** What the last order came to; a fault or a hint about what is typed goes before it. */
  let outcome = { words: "", mood: "" };

  /** @param {string} words @param {"good" | "bad" | ""} mood */
  function say(words, mood = "") {
    outcome = { words, mood };
    check(false);
  }

  /** @param {boolean} isAsked faults of empty fields are told only when the order is sent */
  function check(isAsked) {
    const { stocks: symbol, quantity: amount } = typed();
    const symbolFault = symbol || isAsked ? checkStocks(symbol) : null;
    const amountFault = amount || isAsked ? checkQuantity(amount) : null;
    mark(stocks, "aria-invalid", symbolFault && "true");
    mark(quantity, "aria-invalid", amountFault && "true");
    const first = isAsked ? checkOrder(typed()).fault : (symbolFault ?? amountFault);
    const shown = first ? { words: first.detail, mood: "bad" } : outcome.words ? outcome : { words: hint(symbol), mood: "" };
    write(said, shown.words);
    said.className = `said ${shown.mood}`;
  }

  /** @param {string} symbol @returns {string} what is good to know about it before the first order */
  function hint(symbol) {
    const { isListed, nearest } = known(symbol);
    if (isListed || !symbol) return "";
    return nearest ? `${symbol} is not listed. Did you mean ${nearest}?` : `${symbol} is not listed yet: the first order lists it at 100.00.`;
  }

  function price() {
    const { order } = checkOrder(typed());
    const isHere = order !== null && book !== null && book.symbol === order.stocks && book.asks.length > 0;
    if (!isHere || !order || !book) {
      write(average, "–");
      write(cost, "–");
      write(averageName, "Average, about");
      write(costName, "Cost, about");
      return;
    }
    const found = estimate(book.asks, String(order.quantity));
    const isWhole = found.missing.units === 0n;
    const filled = grouped(toText(trim(found.filled, 0)));
    write(average, found.average ? grouped(toText(trim(found.average, 2))) : "–");
    write(cost, `${grouped(toText(divide(found.cost, parse("1"), 2)))} ${currency}`.trim());
    write(averageName, "Average, about");
    write(costName, isWhole ? "Cost, about" : `Cost of the ${filled} on offer here`);
  }

  function command() {
    const { order } = checkOrder(typed());
    write(curl, order ? curlOf(location.origin, order, needsKey) : "A symbol and a quantity make the command.");
    /** @type {HTMLButtonElement} */ (copy).disabled = order === null;
  }

  function repaint() {
    check(false);
    price();
    command();
    buy.disabled = !isOpen || isSending;
    const { order } = checkOrder(typed());
    write(buy, order ? `Buy ${grouped(String(order.quantity))} ${order.stocks}` : "Buy");
  }

  async function send() {
    const { order, fault } = checkOrder(typed());
    if (!order) {
      check(true);
      return byId(fault.field).focus();
    }
    const body = JSON.stringify(order);
    const key = unanswered?.body === body ? unanswered.key : newIdempotencyKey();
    isSending = true;
    repaint();
    const answer = await call("POST", "/orders", { body: order, headers: { "Idempotency-Key": key } });
    isSending = false;
    unanswered = answer.status === 0 || answer.status >= 500 ? { body, key } : null;
    repaint();
    if (answer.status === 201) {
      say(`Order ${answer.body.order_id} accepted.`, "good");
      onPlaced(answer.body);
    } else if (unanswered) say(`No answer: ${answer.detail}. Buy again is safe: the same order is placed only once.`, "bad");
    else say(answer.detail ?? "", "bad");
  }

  async function copyCommand() {
    try {
      await navigator.clipboard.writeText(curl.textContent ?? "");
      write(copy, "Copied");
    } catch {
      getSelection()?.selectAllChildren(curl);
      write(copy, "Ctrl+C");
    }
    setTimeout(() => write(copy, "Copy"), 1500);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!buy.disabled) void send();
  });
  form.addEventListener("input", () => {
    outcome = { words: "", mood: "" };
    repaint();
  });
  stocks.addEventListener("change", () => {
    stocks.value = stocks.value.trim();
    if (checkStocks(stocks.value) === null) onSymbol(stocks.value);
  });
  quantity.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1n, ArrowDown: -1n }[event.key];
    if (!step || checkQuantity(quantity.value.trim()) !== null) return;
    event.preventDefault();
    const next = BigInt(quantity.value.trim()) + step * (event.shiftKey ? 10n : 1n);
    if (checkQuantity(String(next)) === null) quantity.value = String(next);
    repaint();
  });
  form.querySelector(".quick")?.addEventListener("click", (event) => {
    if (event.target instanceof HTMLButtonElement) take(event.target.dataset.quantity ?? "");
  });
  copy.addEventListener("click", () => void copyCommand());

  /** @param {string} amount */
  function take(amount) {
    if (checkQuantity(amount) !== null) return;
    quantity.value = amount;
    repaint();
  }

  return {
    take,
    repaint,
    /** @param {string} symbol @param {string} unit */
    symbol(symbol, unit) {
      currency = unit;
      if (stocks.value !== symbol && document.activeElement !== stocks) {
        stocks.value = symbol;
        say("");
      }
      repaint();
    },
    /** @param {Book | null} next */
    book(next) {
      book = next;
      price();
    },
    /** @param {boolean} open whether orders can be sent now @param {string} why not */
    open(open, why) {
      isOpen = open;
      buy.disabled = !isOpen || isSending;
      buy.title = open ? "" : why;
    },
    /** @param {boolean} isKeyed whether a call needs a key here */
    keyed(isKeyed) {
      needsKey = isKeyed;
      command();
    },
  };
}
