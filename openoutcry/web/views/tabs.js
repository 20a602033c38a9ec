// The panels' tabs of a narrow window.

import { byId } from "../lib/dom.js";

export function tabs() {
  const buttons = [...byId("tabs").querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.tab = button.dataset.tab;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}
