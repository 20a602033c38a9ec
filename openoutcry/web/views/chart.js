// The price line: a step from trade to trade, the volume under it, the reader's own fills on it.
// Prices become floats here because a pixel is not money.

import { byId, write } from "../lib/dom.js";
import { clockTime, grouped } from "../lib/format.js";
import { priceTicks, timeTicks } from "../lib/scale.js";
import { oncePerFrame } from "../lib/signal.js";

/** @typedef {import("../lib/tape.js").Trade} Trade */
/** @typedef {{at: number, price: number}} Fill */
/** @typedef {{x: (at: number) => number, y: (price: number) => number, left: number, right: number, top: number, bottom: number, start: number, end: number}} Frame */

const RIGHT_LEAST = 66;
/** Beside the digits of a price tag: its edges, and the room within. */
const TAG_ROOM = 18;
const BOTTOM = 22;
const BARS = 80;

export function chartView() {
  const canvas = /** @type {HTMLCanvasElement} */ (byId("chart"));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [note, empty] = [byId("chart-note"), byId("chart-empty")];
  /** @type {Trade[]} */ let trades = [];
  /** @type {Fill[]} */ let fills = [];
  let now = Date.now();
  let spanMs = 300_000;
  let placesShown = 2;
  /** @type {number | null} */ let pointed = null;
  /** @type {Record<string, string>} */ let ink = {};

  const readInk = () => {
    for (const name of ["up", "down", "line", "grid", "text", "own", "panel"]) {
      const probe = canvas.parentElement?.querySelector(`.ink-${name}`);
      if (probe) ink[name] = getComputedStyle(probe).color;
    }
  };

  /** How wide the prices on the right are. @param {string[]} prices @returns {number} */
  function gutter(prices) {
    pen.font = `600 11px ${getComputedStyle(canvas).fontFamily}`;
    const widths = prices.map((price) => pen.measureText(grouped(price)).width);
    return Math.max(RIGHT_LEAST, Math.ceil(Math.max(...widths)) + TAG_ROOM);
  }

  /** @param {Trade[]} shown oldest first @returns {Frame} */
  function frame(shown) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const prices = shown.map((trade) => Number(trade.price));
    const [least, most] = [Math.min(...prices), Math.max(...prices)];
    const margin = (most - least || Math.abs(most) * 0.001 || 1) * 0.12;
    const [low, high] = [least - margin, most + margin];
    const [top, bottom, left, right] = [10, height - BOTTOM, 0, width - gutter([low, high].map((price) => price.toFixed(placesShown)))];
    const [start, end] = [Date.parse(shown[0].at), Math.max(now, Date.parse(shown[shown.length - 1].at))];
    return {
      left, right, top, bottom, start, end,
      x: (at) => left + ((at - start) / Math.max(1, end - start)) * (right - left),
      y: (price) => bottom - 4 - ((price - low) / (high - low)) * (bottom - 4 - top),
    };
  }

  /** @param {Frame} f @param {number} low @param {number} high @param {number} tag the height of the last price's tag */
  function drawGrid(f, low, high, tag) {
    pen.font = `11px ${getComputedStyle(canvas).fontFamily}`;
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    const { values, places } = priceTicks(low, high, (f.bottom - f.top) / 56, placesShown);
    for (const value of values) {
      const y = Math.round(f.y(value)) + 0.5;
      pen.strokeStyle = ink.grid;
      pen.beginPath();
      pen.moveTo(f.left, y);
      pen.lineTo(f.right, y);
      pen.stroke();
      pen.fillStyle = ink.text;
      if (Math.abs(y - tag) > 16) pen.fillText(grouped(value.toFixed(places)), f.right + 8, y);
    }
    pen.textAlign = "center";
    const times = timeTicks(f.start, f.end, (f.right - f.left) / 110);
    for (const at of times.values) {
      const x = f.x(at);
      const label = clockTime(new Date(at)).slice(0, times.step % 60_000 ? 8 : 5);
      if (x > 30 && x < f.right - 26) pen.fillText(label, x, f.bottom + 13);
    }
  }

  /** @param {Frame} f @param {Trade[]} shown */
  function drawVolume(f, shown) {
    const sums = Array.from({ length: BARS }, () => ({ buy: 0, sell: 0 }));
    for (const trade of shown) {
      const n = Math.min(BARS - 1, Math.floor(((Date.parse(trade.at) - f.start) / Math.max(1, f.end - f.start)) * BARS));
      sums[Math.max(0, n)][trade.side === "sell" ? "sell" : "buy"] += Number(trade.quantity);
    }
    const most = Math.max(...sums.map(({ buy, sell }) => buy + sell), 1e-12);
    const [wide, tall] = [(f.right - f.left) / BARS, (f.bottom - f.top) * 0.2];
    pen.globalAlpha = 0.5;
    sums.forEach(({ buy, sell }, n) => {
      const [b, s] = [(buy / most) * tall, (sell / most) * tall];
      pen.fillStyle = ink.up;
      pen.fillRect(f.left + n * wide + 0.5, f.bottom - b, wide - 1, b);
      pen.fillStyle = ink.down;
      pen.fillRect(f.left + n * wide + 0.5, f.bottom - b - s, wide - 1, s);
    });
    pen.globalAlpha = 1;
  }

  /** @param {Frame} f @param {Trade[]} shown */
  function drawLine(f, shown) {
    pen.beginPath();
    let y = f.y(Number(shown[0].price));
    pen.moveTo(f.left, y);
    for (const trade of shown) {
      const x = f.x(Date.parse(trade.at));
      pen.lineTo(x, y);
      y = f.y(Number(trade.price));
      pen.lineTo(x, y);
    }
    pen.lineTo(f.right, y);
    pen.strokeStyle = ink.line;
    pen.lineWidth = 1.6;
    pen.lineJoin = "round";
    pen.stroke();
    pen.lineTo(f.right, f.bottom);
    pen.lineTo(f.left, f.bottom);
    pen.closePath();
    const shade = pen.createLinearGradient(0, f.top, 0, f.bottom);
    shade.addColorStop(0, ink.line);
    shade.addColorStop(1, "transparent");
    pen.globalAlpha = 0.16;
    pen.fillStyle = shade;
    pen.fill();
    pen.globalAlpha = 1;
  }

  /** @param {number} y @param {string} words @param {string} color @param {Frame} f */
  function drawTag(y, words, color, f) {
    pen.fillStyle = color;
    pen.beginPath();
    pen.roundRect(f.right + 2, y - 10, canvas.clientWidth - f.right - 4, 20, 4);
    pen.fill();
    pen.fillStyle = ink.panel;
    pen.textAlign = "left";
    pen.font = `600 11px ${getComputedStyle(canvas).fontFamily}`;
    pen.fillText(words, f.right + 8, y + 0.5);
  }

  /** @param {Frame} f @param {Trade} last */
  function drawLast(f, last) {
    const y = f.y(Number(last.price));
    pen.strokeStyle = ink.line;
    pen.setLineDash([2, 4]);
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(f.left, Math.round(y) + 0.5);
    pen.lineTo(f.right, Math.round(y) + 0.5);
    pen.stroke();
    pen.setLineDash([]);
    drawTag(y, grouped(last.price), ink.line, f);
  }

  /** @param {Frame} f */
  function drawFills(f) {
    for (const { at, price } of fills) {
      if (at < f.start || at > f.end) continue;
      const [x, y] = [f.x(at), Math.min(f.bottom - 12, Math.max(f.top, f.y(price)))];
      pen.beginPath();
      pen.moveTo(x, y + 3);
      pen.lineTo(x + 6, y + 13);
      pen.lineTo(x - 6, y + 13);
      pen.closePath();
      pen.fillStyle = ink.own;
      pen.strokeStyle = ink.panel;
      pen.lineWidth = 1.5;
      pen.fill();
      pen.stroke();
    }
  }

  /** @param {Frame} f @param {Trade[]} shown oldest first */
  function drawPointer(f, shown) {
    if (pointed === null || pointed > f.right) return write(note, `${shown.length} trades`);
    const at = f.start + ((pointed - f.left) / (f.right - f.left)) * (f.end - f.start);
    const trade = shown.findLast(({ at: then }) => Date.parse(then) <= at) ?? shown[0];
    pen.strokeStyle = ink.text;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(Math.round(pointed) + 0.5, f.top);
    pen.lineTo(Math.round(pointed) + 0.5, f.bottom);
    pen.stroke();
    pen.setLineDash([]);
    drawTag(f.y(Number(trade.price)), grouped(trade.price), ink.text, f);
    write(note, `${grouped(trade.price)} × ${grouped(trade.quantity)} at ${clockTime(new Date(trade.at))}`);
  }

  const paint = oncePerFrame(() => {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const good = trades.filter((trade) => !trade.busted);
    const shown = good.filter((trade) => Date.parse(trade.at) >= now - spanMs).reverse();
    if (!shown.length && good.length) shown.push(good[0]);
    if (!shown.length) return;
    const f = frame(shown);
    const prices = shown.map((trade) => Number(trade.price));
    drawGrid(f, Math.min(...prices), Math.max(...prices), f.y(prices[prices.length - 1]));
    drawVolume(f, shown);
    drawLine(f, shown);
    drawFills(f);
    drawLast(f, shown[shown.length - 1]);
    drawPointer(f, shown);
    const first = shown[0].price;
    canvas.setAttribute("aria-label", `Price over time: from ${first} to ${good[0].price}, ${shown.length} trades`);
  });

  new ResizeObserver(paint).observe(canvas);
  canvas.addEventListener("pointermove", (event) => {
    pointed = event.offsetX;
    paint();
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = null;
    paint();
  });
  const spans = [...byId("spans").querySelectorAll("button")];
  for (const button of spans) {
    button.addEventListener("click", () => {
      spanMs = Number(button.dataset.span) * 1000;
      for (const other of spans) other.setAttribute("aria-pressed", String(other === button));
      paint();
    });
  }
  readInk();

  return {
    /** @param {Trade[]} next newest first @param {Fill[]} own @param {number} moment the venue's time */
    show(next, own, moment) {
      [trades, fills, now] = [next, own, moment];
      placesShown = next[0]?.price.split(".")[1]?.length ?? 0;
      empty.hidden = next.length > 0;
      write(empty, "The price line starts with the first trade.");
      if (!next.length) {
        write(note, "");
        pen.clearRect(0, 0, canvas.width, canvas.height);
      }
      paint();
    },
    recolor() {
      readInk();
      paint();
    },
  };
}
