// A value that tells its watchers when it is set: all the state machinery this page needs.

/**
 * @template T
 * @typedef {{get: () => T, set: (next: T) => void, watch: (told: (value: T) => void) => void}} Signal
 */

/**
 * @template T
 * @param {T} value
 * @returns {Signal<T>}
 */
export function signal(value) {
  /** @type {((value: T) => void)[]} */
  const watchers = [];
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const told of watchers) told(value);
    },
    watch(told) {
      watchers.push(told);
      told(value);
    },
  };
}

/**
 * Run at most once a frame, however often it is asked for; in a hidden tab, when it is shown again.
 * @param {() => void} paint
 * @returns {() => void}
 */
export function oncePerFrame(paint) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}
