// The symbol switcher: pick a listed instrument or type any symbol; arrows, Enter, Escape, and "/" to get there.

import { byId, make } from "../lib/dom.js";
import { checkStocks } from "../lib/check.js";

/** @typedef {{symbol: string, reference_price?: string, currency?: string, phase?: string}} Instrument */

const SHOWN_MAX = 12;

/**
 * What to offer for what is typed: exact first, then beginnings, then the rest; last, the typed text itself.
 * @param {Instrument[]} instruments @param {string} typed
 * @returns {{symbol: string, note: string}[]}
 */
export function offers(instruments, typed) {
  const wanted = typed.trim().toLowerCase();
  const rank = (/** @type {string} */ name) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2);
  const found = instruments
    .map((instrument) => ({ ...instrument, name: instrument.symbol.toLowerCase() }))
    .filter(({ name }) => name.includes(wanted))
    .sort((a, b) => rank(a.name) - rank(b.name))
    .slice(0, SHOWN_MAX)
    .map(({ symbol, phase, currency }) => ({ symbol, note: [currency, phase === "continuous" ? "" : phase].filter(Boolean).join(" · ") }));
  const text = typed.trim();
  const isListed = instruments.some(({ symbol }) => symbol === text);
  if (text && !isListed && checkStocks(text) === null) found.push({ symbol: text, note: "as typed, not listed yet" });
  return found;
}

/** @param {{instruments: () => Instrument[], current: () => string, onOpen: () => void, onPick: (symbol: string) => void}} ports */
export function symbolSwitcher({ instruments, current, onOpen, onPick }) {
  const input = /** @type {HTMLInputElement} */ (byId("symbol"));
  const list = byId("symbols");
  /** @type {{symbol: string, note: string}[]} */ let offered = [];
  let active = 0;

  function paint() {
    list.replaceChildren(...offered.map(({ symbol, note }, n) => {
      const option = make("li", { role: "option", id: `symbol-${n}`, "aria-selected": String(n === active) }, make("b", {}, symbol), make("span", {}, note));
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        pick(symbol);
      });
      return option;
    }));
    const isOpen = offered.length > 0;
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) input.setAttribute("aria-activedescendant", `symbol-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} typed */
  function offer(typed) {
    offered = offers(instruments(), typed);
    const here = offered.findIndex(({ symbol }) => symbol === current());
    active = typed === "" && here >= 0 ? here : 0;
    paint();
  }

  function close() {
    offered = [];
    paint();
    input.value = current();
  }

  /** @param {string} symbol */
  function pick(symbol) {
    onPick(symbol);
    input.blur();
    close();
  }

  input.addEventListener("focus", () => {
    input.select();
    onOpen();
    offer("");
  });
  input.addEventListener("blur", close);
  input.addEventListener("input", () => offer(input.value));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) {
      active = (active + step + offered.length) % offered.length;
      paint();
    } else if (event.key === "Enter" && offered[active]) pick(offered[active].symbol);
    else if (event.key === "Escape") input.blur();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  return {
    /** The list has grown. */
    refresh: () => offered.length > 0 && offer(input.value === current() ? "" : input.value),
    show: () => {
      if (document.activeElement !== input) input.value = current();
    },
  };
}
