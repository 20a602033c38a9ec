// Wires the page: one symbol, one market watch, one order feed, and the views that show them.

import { byId, write } from "./lib/dom.js";
import { venueClock } from "./lib/clock.js";
import { healthOf, sentenceOf } from "./lib/connection.js";
import { askAtTheDoor } from "./lib/door.js";
import { AT_FIRST, createFeed } from "./lib/feed.js";
import { clockTime, grouped } from "./lib/format.js";
import { keyring, refusal } from "./lib/key.js";
import { readOrders } from "./lib/listing.js";
import { watchMarket } from "./lib/market.js";
import { fold, seenDelay } from "./lib/orders.js";
import { signal } from "./lib/signal.js";
import { join, lastPrice } from "./lib/tape.js";
import { call, SILENCE } from "./lib/venue.js";
import { blotterView } from "./views/blotter.js";
import { bookView, spreadOf } from "./views/book.js";
import { chartView } from "./views/chart.js";
import { fillsView } from "./views/fills.js";
import { headerView } from "./views/header.js";
import { lockView } from "./views/lock.js";
import { symbolSwitcher } from "./views/symbols.js";
import { tabs } from "./views/tabs.js";
import { tapeView } from "./views/tape.js";
import { ticketView } from "./views/ticket.js";

/** @typedef {import("./lib/orders.js").Order} Order */

const DEFAULT_SYMBOL = "AAPL";
const symbol = signal(symbolOfAddress() ?? DEFAULT_SYMBOL);
const clock = venueClock();
/** @type {Map<number, Order>} */ const orders = new Map();
/** @type {any[]} */ let instruments = [];
/** @type {import("./lib/tape.js").Trade[]} */ let trades = [];
let feedState = AT_FIRST;
let marketDueAt = Date.now();
let pricedAt = 0;
let isPaced = false;
let readAt = 0;
/** @type {string | null} */ let epoch = null;
/** Between the door and a refusal: only then is anything asked. */ let isInside = false;

function symbolOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    return null;
  }
}

const venueNow = () => clock.now(Date.now());
const instrument = () => instruments.find((one) => one.symbol === symbol.get());
/** @param {string} chosen */
const choose = (chosen) => symbol.set(chosen);

const header = headerView({ onTheme: () => chart.recolor(), onRetry: () => (isInside ? feed.hurry() : lock.ask()) });
const lock = lockView({ onKey });
const fills = fillsView();
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
    ...(shown && { Bid: grouped(shown.bids[0]?.[0] ?? ""), Ask: grouped(shown.asks[0]?.[0] ?? ""), Spread: grouped(spread?.spread ?? ""), Mid: grouped(spread?.mid ?? "") }),
    Tick: one?.price_increment ?? "",
    Reference: grouped(one?.reference_price ?? ""),
    Phase: one?.phase ?? "",
  });
}

/** Whether the symbol has a market, as far as is known. @param {string} name */
async function isListed(name) {
  if (known(name).isListed) return true;
  await readInstruments();
  return known(name).isListed;
}

const market = watchMarket({
  isListed,
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
  reached(isReached, nextInMs, isLimited) {
    if (isReached) marketDueAt = Date.now() + nextInMs;
    if (isLimited || isPaced) header.facts({ Prices: isLimited ? `every ${Math.ceil(nextInMs / 1000)} s, to save requests` : "live" });
    isPaced ||= isLimited;
    beat();
  },
});

/** Executions of this page's account on this symbol, for the plot. */
function ownFills() {
  const mine = [...orders.values()].filter((order) => order.stocks === symbol.get() && order.average_price !== null);
  return mine.map((order) => ({ at: Date.parse(order.updated_at), price: Number(order.average_price) }));
}

/** @param {string} name */
function show(name) {
  trades = [];
  const address = `#${encodeURIComponent(name)}`;
  if (isInside && location.hash !== address) history.replaceState(null, "", address);
  book.clear();
  tape.clear();
  ticket.book(null);
  ticket.symbol(name, instrument()?.currency ?? "");
  chart.show([], [], venueNow());
  header.last(name, null, "");
  header.facts({ Bid: "", Ask: "", Spread: "", Mid: "" });
  showFacts(null);
  switcher.show();
  if (isInside) market.show(name);
}
symbol.watch(show);
addEventListener("hashchange", () => choose(symbolOfAddress() ?? symbol.get()));

/** @param {Order} order */
function take(order) {
  const before = orders.get(order.id);
  if (!fold(orders, order)) return;
  if (before?.status === "PENDING" && order.status === "EXECUTED") fills.announce(order);
  blotter.paint();
}

/** @param {Order} order */
function onPlaced(order) {
  clock.heard(order.created_at, Date.now());
  take(order);
  if (!known(order.stocks).isListed) readAt = 0;
  choose(order.stocks);
  market.poke();
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

/** @param {string} path */
const openSocket = (path) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);

const feed = createFeed({
  readOrders,
  openSocket,
  key: keyring.get,
  onLocked: (detail) => refusal.set(detail),
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
  const health = healthOf({ feed: feedState, marketDueAt, isHidden: document.hidden, now });
  const frozenAt = pricedAt ? clockTime(new Date(pricedAt)) : null;
  const retryInMs = feedState.retryAt === null ? null : feedState.retryAt - now;
  header.health(health, feedState.latency, sentenceOf(health, { frozenAt, retryInMs, refused: feedState.refused }));
  ticket.open(health === "live", health === "locked" ? "This venue needs a key" : "Not connected: an order would not arrive now");
  document.body.dataset.health = health;
}

/** Come in, with the key that is held if there is one. @returns {Promise<string | null>} why not */
async function enter() {
  const key = keyring.get();
  const { status, detail } = await askAtTheDoor(openSocket, key);
  if (status === 401) {
    refusal.set(detail);
    return detail;
  }
  refusal.set(null);
  isInside = true;
  byId("forget").hidden = key === null;
  ticket.keyed(key !== null);
  feed.start();
  readAt = 0;
  await readInstruments();
  const isThere = symbolOfAddress() !== null || known(DEFAULT_SYMBOL).isListed;
  const first = isThere ? symbol.get() : instruments[0].symbol;
  if (first === symbol.get()) show(first);
  else choose(first);
  return null;
}

/** @param {string} key @param {boolean} isKept */
async function onKey(key, isKept) {
  refusal.set(null);
  keyring.use(key, isKept);
  return enter();
}

refusal.watch((detail) => {
  if (detail === null) return;
  const hadKey = keyring.get() !== null;
  isInside = false;
  keyring.forget();
  market.stop();
  feed.lock();
  orders.clear();
  blotter.paint();
  ticket.keyed(true);
  byId("forget").hidden = true;
  show(symbol.get());
  lock.ask(hadKey ? detail : "");
});
byId("forget").addEventListener("click", () => {
  keyring.forget();
  refusal.set("the key was forgotten");
});

tabs();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) marketDueAt = Math.max(marketDueAt, Date.now());
});
setInterval(beat, 250);
void enter();
