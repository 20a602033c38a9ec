// Small words for making and changing elements; a text is only written when it differs.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element with this id, which index.html must have. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html must have #${id}`);
  return element;
}

/** @param {Node} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | null} value null removes it */
export function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Let an element glow once, unless the reader asked for calm. @param {Element} element @param {string} color */
export function flash(element, color) {
  if (calm.matches) return;
  element.animate([{ backgroundColor: color }, { backgroundColor: "transparent" }], { duration: 450, easing: "ease-out" });
}
