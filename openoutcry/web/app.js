// Wires the page: one symbol, one market watch, one order feed, and the views that show them.

import { byId, write } from "./lib/dom.js";
import { venueClock } from "./lib/clock.js";
import { healthOf, sentenceOf } from "./lib/connection.js";
import { createFeed } from "./lib/feed.js";
import { clockTime, counted, grouped } from "./lib/format.js";
import { watchMarket } from "./lib/market.js";
import { fold, readNewest, seenDelay, KEPT_MAX } from "./lib/orders.js";
import { signal } from "./lib/signal.js";
import { join, lastPrice } from "./lib/tape.js";
import { call, SILENCE } from "./lib/venue.js";
import { blotterView } from "./views/blotter.js";
import { bookView, spreadOf } from "./views/book.js";
import { chartView } from "./views/chart.js";
import { headerView } from "./views/header.js";
import { symbolSwitcher } from "./views/symbols.js";
import { tapeView } from "./views/tape.js";
import { ticketView } from "./views/ticket.js";

/** @typedef {import("./lib/orders.js").Order} Order */

const DEFAULT_SYMBOL = "AAPL";
const symbol = signal(symbolOfAddress());
const clock = venueClock();
/** @type {Map<number, Order>} */ const orders = new Map();
/** @type {any[]} */ let instruments = [];
/** @type {import("./lib/tape.js").Trade[]} */ let trades = [];
/** @type {import("./lib/feed.js").FeedState} */
let feedState = { phase: "connecting", wasLive: false, latency: null, pingedAt: null, retryAt: null };
let marketAt = Date.now();
let pricedAt = 0;
let readAt = 0;
/** @type {string | null} */ let epoch = null;

function symbolOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || DEFAULT_SYMBOL;
  } catch {
    return DEFAULT_SYMBOL;
  }
}

const venueNow = () => clock.now(Date.now());
const instrument = () => instruments.find((one) => one.symbol === symbol.get());
/** @param {string} chosen */
const choose = (chosen) => symbol.set(chosen);

const header = headerView({ onTheme: () => chart.recolor(), onRetry: () => feed.hurry() });
const tape = tapeView();
const chart = chartView();
const ticket = ticketView({ onSymbol: choose, onPlaced, known });
const book = bookView({ onTake: (quantity) => ticket.take(quantity) });
const blotter = blotterView({ orders, now: venueNow, delay: () => seenDelay(orders.values()), onCancel: cancel, onSymbol: choose });
const switcher = symbolSwitcher({ instruments: () => instruments, current: symbol.get, onOpen: readInstruments, onPick: choose });

/** @param {string} name */
function known(name) {
  const isListed = !instruments.length || instruments.some((one) => one.symbol === name);
  const nearest = isListed ? null : instruments.find((one) => one.symbol.toLowerCase() === name.toLowerCase());
  return { isListed, nearest: nearest?.symbol ?? null };
}

async function readInstruments() {
  if (Date.now() - readAt < 3000) return;
  readAt = Date.now();
  const { status, body } = await call("GET", "/api/v1/instruments");
  if (status !== 200) return;
  instruments = body;
  switcher.refresh();
  showFacts(null);
  ticket.symbol(symbol.get(), instrument()?.currency ?? "");
}

/** @param {any} shown the latest book, if there is one */
function showFacts(shown) {
  const one = instrument();
  const spread = shown && spreadOf(shown);
  header.facts({
    ...(shown && { Bid: grouped(shown.bids[0]?.[0] ?? ""), Ask: grouped(shown.asks[0]?.[0] ?? ""), Spread: spread?.spread ?? "", Mid: grouped(spread?.mid ?? "") }),
    Tick: one?.price_increment ?? "",
    Reference: grouped(one?.reference_price ?? ""),
    Phase: one?.phase ?? "",
  });
}

const market = watchMarket({
  book(next) {
    book.show(next);
    ticket.book(next);
    showFacts(next);
    blotter.sellers(next.symbol, next.asks.length > 0);
    pricedAt = Date.now();
  },
  trades(page) {
    if (page.length) clock.heard(page[0].at, Date.now());
    trades = join(trades, page);
    tape.show(trades);
    header.last(symbol.get(), lastPrice(trades), instrument()?.currency ?? "");
    chart.show(trades, ownFills(), venueNow());
  },
  refused(detail, code) {
    const words = code === "unknown_instrument" ? `${symbol.get()} is not listed yet. The first order lists it at 100.00.` : detail;
    book.refuse(words);
    tape.refuse();
    ticket.book(null);
    chart.show([], [], venueNow());
  },
  reached(isReached) {
    if (isReached) marketAt = Date.now();
    beat();
  },
});

/** Executions of this page's account on this symbol, for the plot. */
function ownFills() {
  const mine = [...orders.values()].filter((order) => order.stocks === symbol.get() && order.average_price !== null);
  return mine.map((order) => ({ at: Date.parse(order.updated_at), price: Number(order.average_price) }));
}

symbol.watch((name) => {
  trades = [];
  const address = `#${encodeURIComponent(name)}`;
  if (location.hash !== address) history.replaceState(null, "", address);
  book.clear();
  tape.clear();
  ticket.book(null);
  ticket.symbol(name, instrument()?.currency ?? "");
  chart.show([], [], venueNow());
  header.last(name, null, "");
  header.facts({ Bid: "", Ask: "", Spread: "", Mid: "" });
  showFacts(null);
  switcher.show();
  market.show(name);
});
addEventListener("hashchange", () => choose(symbolOfAddress()));

/** Executions since the last word to a screen reader. @type {Order[]} */ let untold = [];

/** @param {Order} order it has just traded completely */
function announce(order) {
  untold.push(order);
  if (untold.length > 1) return;
  setTimeout(() => {
    const [one] = untold;
    const words = untold.length === 1
      ? `Order ${one.id} executed: ${grouped(String(one.quantity))} ${one.stocks} at ${one.average_price}.`
      : `${counted(untold.length, "order")} executed.`;
    write(byId("fills"), words);
    untold = [];
  }, 300);
}

/** @param {Order} order */
function take(order) {
  const before = orders.get(order.id);
  if (!fold(orders, order)) return;
  if (before?.status === "PENDING" && order.status === "EXECUTED") announce(order);
  blotter.paint();
}

/** @param {Order} order */
function onPlaced(order) {
  clock.heard(order.created_at, Date.now());
  take(order);
  choose(order.stocks);
  market.poke();
  if (!instrument()) {
    readAt = 0;
    void readInstruments();
  }
}

/** @param {Order} order @returns {Promise<string | null>} */
async function cancel(order) {
  const { status, detail } = await call("DELETE", `/orders/${order.id}`);
  if (status === 0) return `${SILENCE}; cancel again to be sure.`;
  if (status !== 204) return detail;
  const { status: found, body } = await call("GET", `/orders/${order.id}`);
  if (found === 200) take(body);
  return null;
}

/** The newest orders, and all open ones however old. */
async function readOrders() {
  /** @type {number | null} */ let sequence = null;
  /** @param {string} query @returns {Promise<Order[]>} */
  const page = async (query) => {
    const answer = await call("GET", `/orders?limit=${KEPT_MAX}${query}`);
    if (answer.status !== 200 || answer.sequence === null) throw new Error(answer.detail ?? "it has no X-Sequence");
    sequence ??= answer.sequence;
    return answer.body;
  };
  try {
    const newest = await readNewest((after) => page(after ? `&after=${after}` : ""));
    const open = newest.length < KEPT_MAX / 2 ? [] : await page("&status=PENDING");
    return { orders: [...open, ...newest], sequence: sequence ?? 0 };
  } catch (fault) {
    const words = fault instanceof Error ? fault.message : String(fault);
    blotter.say(words === SILENCE ? "" : `The list of orders cannot be read: ${words}.`);
    return null;
  }
}

const feed = createFeed({
  readOrders,
  openSocket: (path) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`),
  onOrders(list) {
    orders.clear();
    for (const order of list) fold(orders, order);
    blotter.say("");
    blotter.read();
  },
  onOrder(order) {
    if (order.status === "PENDING" && order.filled_quantity === 0) clock.heard(order.created_at, Date.now());
    take(order);
  },
  onState(next) {
    const isBack = next.phase === "open" && feedState.phase !== "open";
    feedState = next;
    if (isBack) {
      market.poke();
      void checkHistory();
    }
    beat();
  },
  now: () => performance.timeOrigin + performance.now(),
  random: Math.random,
  later: (told, ms) => setTimeout(told, ms),
  never: (timer) => clearTimeout(timer),
});

/** A venue that came back with another history has other orders under the same numbers. */
async function checkHistory() {
  const { status, body } = await call("GET", "/api/v1/status");
  if (status !== 200) return;
  write(byId("venue-name"), `${body.name ?? "Open Outcry"} ${body.version ?? ""}`.trim());
  const found = String(body.epoch ?? "");
  const isOther = epoch !== null && epoch !== found;
  epoch = found;
  if (isOther) feed.restart();
}

/** Say how the connection is; also runs by itself, because silence makes no event. */
function beat() {
  const now = Date.now();
  const health = healthOf({ feed: feedState, marketAt, isHidden: document.hidden, now });
  const frozenAt = pricedAt ? clockTime(new Date(pricedAt)) : null;
  const retryInMs = feedState.retryAt === null ? null : feedState.retryAt - now;
  header.health(health, feedState.latency, sentenceOf(health, { frozenAt, retryInMs }));
  ticket.open(health === "live");
  document.body.dataset.health = health;
}

for (const button of byId("tabs").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    document.body.dataset.tab = button.dataset.tab;
    for (const other of byId("tabs").querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  });
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) marketAt = Date.now();
});
setInterval(beat, 250);
void readInstruments();
feed.start();
