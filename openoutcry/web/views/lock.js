// The door: asks for a key where the venue wants one, and says in its words why one was not taken.

import { byId, mark, write } from "../lib/dom.js";

/**
 * @param {object} ports
 * @param {(key: string, isKept: boolean) => Promise<string | null>} ports.onKey null when it was taken, else why not
 */
export function lockView({ onKey }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("lock"));
  const [input, remember] = ["key", "remember"].map((id) => /** @type {HTMLInputElement} */ (byId(id)));
  const go = /** @type {HTMLButtonElement} */ (byId("lock-go"));
  const said = byId("lock-said");

  /** @param {string} words */
  function say(words) {
    write(said, words);
    mark(input, "aria-invalid", words ? "true" : null);
  }

  async function submit() {
    const key = input.value.trim();
    if (!key) say("Type or paste the key.");
    else {
      go.disabled = true;
      const fault = await onKey(key, remember.checked);
      go.disabled = false;
      say(fault ?? "");
      if (fault === null) {
        input.value = "";
        dialog.close();
        return;
      }
    }
    input.focus();
  }

  byId("lock-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!go.disabled) void submit();
  });
  input.addEventListener("input", () => say(""));
  byId("lock-later").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => (input.value = ""));

  return {
    /** @param {string} words why the last key was not taken, if there was one */
    ask(words = "") {
      if (dialog.open) return;
      say(words);
      dialog.showModal();
      input.focus();
    },
  };
}
