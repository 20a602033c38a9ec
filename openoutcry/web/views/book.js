// The book: sellers above, buyers below, the spread between; rows are made once and only rewritten.

import { byId, flash, make, write } from "../lib/dom.js";
import { divide, middle, parse, share, subtract, toText, trim } from "../lib/decimal.js";
import { compact, grouped } from "../lib/format.js";
import { cumulative } from "../lib/estimate.js";
import { DEPTH } from "../lib/market.js";

/** @typedef {import("../lib/estimate.js").Level} Level */
/** @typedef {{symbol: string, sequence: number, bids: Level[], asks: Level[]}} Book */
/** @typedef {import("../lib/decimal.js").Decimal} Decimal */

const NO_SELLERS = "No sellers here: start the simulated market (SIMULATION=on), or sell from another account.";

/** Spread, mid and basis points, exact. @param {Book} book @returns {{spread: string, mid: string, bps: string} | null} */
export function spreadOf({ bids, asks }) {
  if (!bids.length || !asks.length) return null;
  const [bid, ask] = [parse(bids[0][0]), parse(asks[0][0])];
  const spread = subtract(ask, bid);
  const mid = middle(bid, ask);
  const bps = mid.units > 0n ? toText(divide({ units: spread.units * 10000n, places: spread.places }, mid, 1)) : "0.0";
  return { spread: toText(trim(spread, 0)), mid: toText(mid), bps };
}

/** @param {{onTake: (quantity: string) => void}} ports */
export function bookView({ onTake }) {
  /** @param {string} id */
  const rowsOf = (id) => {
    const rows = Array.from({ length: DEPTH }, () => make("tr", {}, make("td"), make("td"), make("td")));
    byId(id).append(...rows);
    return rows;
  };
  const askRows = rowsOf("asks").reverse();
  const bidRows = rowsOf("bids");
  const middleLine = make("div", {}, make("b"), make("span"), make("span"), make("span"));
  byId("spread").append(make("tr", {}, make("td", { colspan: "3" }, middleLine)));
  const table = byId("book");
  const empty = byId("book-empty");
  /** @type {Map<string, string> | null} */ let before = null;
  /** @type {string[]} */ let totals = [];

  askRows.forEach((row, place) => {
    row.title = "Set the quantity to take all down to here";
    row.addEventListener("click", () => totals[place] && onTake(totals[place]));
  });

  /** @param {HTMLTableRowElement} row @param {Level | undefined} level @param {Decimal | undefined} sum @param {Decimal} most @param {string} color */
  function rewrite(row, level, sum, most, color) {
    const [price, size, total] = row.cells;
    write(price, level ? grouped(level[0]) : "");
    write(size, level ? compact(level[1]) : "");
    write(total, sum ? compact(toText(sum)) : "");
    row.style.setProperty("--depth", sum ? String(share(sum, most)) : "0");
    const known = level && before?.get(level[0]);
    if (known && known !== level[1]) flash(size, color);
  }

  /** @param {Book} book */
  function show(book) {
    table.classList.remove("waiting");
    const [askSums, bidSums] = [cumulative(book.asks), cumulative(book.bids)];
    const zero = { units: 1n, places: 0 };
    const [a, b] = [askSums.at(-1) ?? zero, bidSums.at(-1) ?? zero];
    const most = subtract(a, b).units > 0n ? a : b;
    askRows.forEach((row, n) => rewrite(row, book.asks[n], askSums[n], most, "var(--down-flash)"));
    bidRows.forEach((row, n) => rewrite(row, book.bids[n], bidSums[n], most, "var(--up-flash)"));
    totals = askSums.map(toText);
    before = new Map([...book.asks, ...book.bids]);
    const found = spreadOf(book);
    const [mid, name, spread, bps] = middleLine.children;
    write(name, found ? "mid" : "");
    write(mid, found ? grouped(found.mid) : book.asks.length || book.bids.length ? "one side only" : "empty book");
    write(spread, found ? `spread ${grouped(found.spread)}` : "");
    write(bps, found ? `${found.bps} bp` : "");
    empty.hidden = book.asks.length > 0;
    write(empty, NO_SELLERS);
  }

  function clear() {
    before = null;
    totals = [];
    table.classList.add("waiting");
    empty.hidden = true;
    for (const row of [...askRows, ...bidRows]) {
      for (const cell of row.cells) write(cell, "");
      row.style.setProperty("--depth", "0");
    }
    for (const part of middleLine.children) write(part, "");
  }

  /** @param {string} words why there is no book */
  function refuse(words) {
    clear();
    table.classList.remove("waiting");
    empty.hidden = false;
    write(empty, words);
  }

  clear();
  return { show, clear, refuse };
}
