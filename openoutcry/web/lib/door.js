// Asks at the door, over a socket of its own, whether this page may come in: a refusal there is a message, not a
// failed request, and a wrong key costs nothing but the answer.

const PATIENCE_MS = 5000;

/**
 * @param {(path: string) => WebSocket} openSocket
 * @param {string | null} key null asks whether one is needed at all
 * @returns {Promise<{status: number, detail: string}>} status 0 when there was no answer; never rejects
 */
export function askAtTheDoor(openSocket, key) {
  return new Promise((resolve) => {
    const socket = openSocket("/ws");
    /** @param {number} status @param {string} detail */
    const end = (status, detail = "") => {
      clearTimeout(timer);
      socket.close();
      resolve({ status, detail });
    };
    const timer = setTimeout(() => end(0), PATIENCE_MS);
    const question = key === null ? { action: "orders", limit: 1 } : { action: "authenticate", key };
    socket.onopen = () => socket.send(JSON.stringify({ ...question, request_id: "door" }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.request_id === "door") end(message.status, message.problem?.detail);
    };
    socket.onclose = () => end(0);
  });
}
