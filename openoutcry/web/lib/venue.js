// Calls to the venue over HTTP: every answer becomes one shape, and a refusal keeps the venue's own words.

import { keyring, refusal } from "./key.js";
import { budgetOf } from "./pace.js";

/**
 * @typedef {object} Answer
 * @property {number} status 0 when the venue did not answer at all
 * @property {any} body the parsed JSON, or null
 * @property {string | null} detail why not, in words; null when it went well
 * @property {string | null} code the stable reason of a problem
 * @property {number | null} sequence X-Sequence, what the answer reflects
 * @property {number} retryAfter milliseconds the venue asks to wait, usually 0
 * @property {import("./pace.js").Budget | null} budget what is left of the account's requests, if they are limited
 */

const PATIENCE_MS = 8000;
export const SILENCE = "the venue did not answer";

/** @param {Response} response @returns {Promise<any>} */
async function bodyOf(response) {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** @param {Response} response @returns {Promise<Answer>} */
async function answerOf(response) {
  const body = await bodyOf(response);
  const spoken = typeof body?.detail === "string" ? body.detail : `the venue answered ${response.status}`;
  const sequence = response.headers.get("X-Sequence");
  return {
    status: response.status,
    body,
    detail: response.ok ? null : spoken,
    code: response.ok ? null : (body?.code ?? null),
    sequence: sequence === null ? null : Number(sequence),
    retryAfter: 1000 * Number(response.headers.get("Retry-After") ?? 0) || 0,
    budget: budgetOf(response.headers),
  };
}

/**
 * @param {string} method @param {string} path
 * @param {{body?: unknown, headers?: Record<string, string>}} extra
 * @returns {Promise<Answer>} never rejects
 */
export async function call(method, path, { body, headers = {} } = {}) {
  const key = keyring.get();
  const kind = body === undefined ? {} : { "Content-Type": "application/json" };
  const authorization = key === null ? {} : { Authorization: `Bearer ${key}` };
  try {
    const response = await fetch(path, {
      method,
      cache: "no-store",
      headers: { ...kind, ...authorization, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const answer = await answerOf(response);
    if (answer.status === 401 && key === keyring.get()) refusal.set(answer.detail ?? "");
    return answer;
  } catch {
    return { status: 0, body: null, detail: SILENCE, code: null, sequence: null, retryAfter: 0, budget: null };
  }
}

/** A name for one intention, so that sending it twice does it once. @returns {string} */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
