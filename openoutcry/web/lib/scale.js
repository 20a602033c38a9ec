// Round numbers for the axes of a plot. Geometry, not money: floats are at home here.

/**
 * @param {number} low @param {number} high @param {number} wanted about how many
 * @param {number} least places shown at least, as the prices themselves have
 * @returns {{values: number[], places: number}}
 */
export function priceTicks(low, high, wanted, least = 0) {
  const span = high - low;
  if (!(span > 0)) return { values: [low], places: least };
  const rough = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? 10 * power;
  const places = Math.max(least, -Math.floor(Math.log10(step) + 1e-9));
  const values = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1) values.push(Number((n * step).toFixed(places)));
  return { values, places };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** @param {number} start ms @param {number} end ms @param {number} wanted @returns {{values: number[], step: number}} */
export function timeTicks(start, end, wanted) {
  const rough = (end - start) / 1000 / Math.max(1, wanted);
  const step = (STEPS_S.find((s) => s >= rough) ?? 86400) * 1000;
  const values = [];
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) values.push(at);
  return { values, step };
}
