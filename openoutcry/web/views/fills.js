// Tells a screen reader of executions: one in full, many at once as a number.

import { byId, write } from "../lib/dom.js";
import { counted, grouped } from "../lib/format.js";

const GATHERED_MS = 300;

/** @typedef {import("../lib/orders.js").Order} Order */

export function fillsView() {
  /** Executions since the last word. @type {Order[]} */ let untold = [];

  function tell() {
    const [one] = untold;
    const words = untold.length === 1
      ? `Order ${one.id} executed: ${grouped(String(one.quantity))} ${one.stocks} at ${grouped(one.average_price ?? "")}.`
      : `${counted(untold.length, "order")} executed.`;
    write(byId("fills"), words);
    untold = [];
  }

  return {
    /** @param {Order} order it has just traded completely */
    announce(order) {
      untold.push(order);
      if (untold.length === 1) setTimeout(tell, GATHERED_MS);
    },
  };
}
