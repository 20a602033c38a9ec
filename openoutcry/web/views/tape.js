// The tape: the latest trades, who was impatient told by colour and by arrow; it waits while pointed at.

import { byId, flash, make, write } from "../lib/dom.js";
import { clockTime, compact, grouped } from "../lib/format.js";

/** @typedef {import("../lib/tape.js").Trade} Trade */

const ROWS = 40;
const ARROWS = { buy: "▲", sell: "▼", auction: "◆" };
const WORDS = { buy: "buyer took", sell: "seller took", auction: "auction" };

export function tapeView() {
  const table = /** @type {HTMLTableElement} */ (byId("tape"));
  const note = byId("tape-note");
  const empty = byId("tape-empty");
  const rows = Array.from({ length: ROWS }, () =>
    make("tr", {}, make("td", {}, make("span", { "aria-hidden": "true" }), make("span", { class: "unseen" }), make("span")), make("td"), make("td")));
  table.tBodies[0].append(...rows);
  /** @type {Trade[]} */ let latest = [];
  let top = Infinity;
  let isHeld = false;

  table.addEventListener("pointerenter", ({ pointerType }) => {
    isHeld = pointerType === "mouse";
    write(note, isHeld ? "held while pointed at" : "");
  });
  table.addEventListener("pointerleave", () => {
    isHeld = false;
    write(note, "");
    paint();
  });

  /** @param {HTMLTableRowElement} row @param {Trade | undefined} trade */
  function rewrite(row, trade) {
    const [priceCell, size, time] = row.cells;
    const [arrow, word, price] = priceCell.children;
    const side = trade ? (trade.side ?? "auction") : null;
    row.className = trade ? `${side}${trade.busted ? " busted" : ""}` : "";
    write(arrow, side ? ARROWS[side] : "");
    write(word, side ? `${WORDS[side]}${trade?.busted ? ", busted" : ""}` : "");
    write(price, trade ? grouped(trade.price) : "");
    write(size, trade ? compact(trade.quantity) : "");
    write(time, trade ? clockTime(new Date(trade.at)) : "");
    if (trade && trade.trade_id > top) flash(row, side === "buy" ? "var(--up-flash)" : "var(--down-flash)");
  }

  function paint() {
    if (isHeld) return;
    rows.forEach((row, n) => rewrite(row, latest[n]));
    if (latest.length) top = latest[0].trade_id;
    empty.hidden = latest.length > 0;
    write(empty, "No trades yet. The first order that meets a seller starts the tape.");
  }

  return {
    /** @param {Trade[]} trades newest first */
    show(trades) {
      table.classList.remove("waiting");
      latest = trades;
      paint();
    },
    clear() {
      latest = [];
      top = Infinity;
      rows.forEach((row) => rewrite(row, undefined));
      table.classList.add("waiting");
      empty.hidden = true;
    },
    refuse() {
      latest = [];
      table.classList.remove("waiting");
      paint();
    },
  };
}
