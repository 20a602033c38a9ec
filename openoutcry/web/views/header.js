// The header: last price, connection pill, theme, the instrument's facts, and the banner when prices are frozen.

import { byId, make, mark, write } from "../lib/dom.js";
import { grouped } from "../lib/format.js";

/** @type {Partial<Record<import("../lib/connection.js").Health, string>>} */
const WORDS = { locked: "key needed", limited: "limit reached" };
const ARROWS = { "-1": "▼", 0: "", 1: "▲" };

/** @param {{onTheme: () => void, onRetry: () => void}} ports */
export function headerView({ onTheme, onRetry }) {
  const [arrow, price, unit] = byId("last").children;
  const [pill, health, latency] = [byId("pill"), byId("health"), byId("latency")];
  const [banner, sentence] = [byId("banner"), byId("banner-text")];
  const facts = byId("facts");
  /** @type {Map<string, HTMLElement>} */ const factByName = new Map();

  const retry = byId("retry");
  retry.addEventListener("click", onRetry);
  const root = document.documentElement;
  for (const input of byId("themes").querySelectorAll("input")) {
    input.checked = input.value === root.dataset.theme;
    input.addEventListener("change", () => {
      root.dataset.theme = input.value;
      try {
        localStorage.setItem("theme", input.value);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      onTheme();
    });
  }
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", onTheme);

  return {
    /** @param {string} symbol @param {{price: string, direction: -1 | 0 | 1} | null} last @param {string} currency */
    last(symbol, last, currency) {
      write(price, last ? grouped(last.price) : "–");
      write(arrow, last ? ARROWS[last.direction] : "");
      write(unit, last ? currency : "");
      mark(byId("last"), "data-direction", last ? String(last.direction) : null);
      document.title = last ? `${grouped(last.price)} ${symbol} · Open Outcry` : `${symbol} · Open Outcry`;
    },
    /** @param {import("../lib/connection.js").Health} now @param {number | null} ms @param {string | null} words */
    health(now, ms, words) {
      pill.dataset.health = now;
      write(health, WORDS[now] ?? now);
      write(latency, now === "live" && ms !== null ? `${ms < 1 ? "<1" : Math.round(ms)} ms` : "");
      write(retry, now === "locked" ? "Enter key" : "Try now");
      banner.hidden = words === null;
      banner.dataset.health = now;
      if (words !== null) write(sentence, words);
    },
    /** @param {Record<string, string>} told name to value; the names stay the same */
    facts(told) {
      for (const [name, value] of Object.entries(told)) {
        let cell = factByName.get(name);
        if (!cell) {
          cell = make("dd");
          factByName.set(name, cell);
          facts.append(make("div", {}, make("dt", {}, name), cell));
        }
        write(cell, value || "–");
      }
    },
  };
}
