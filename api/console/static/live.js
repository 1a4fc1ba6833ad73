// @ts-check
// What moves: one tab of a browser follows the log for all of them, since a browser opens only six connections to a host.
import { say } from "./keys.js";

const htmx = /** @type {any} */ (/** @type {any} */ (window).htmx);
const chip = document.getElementById("fresh");
const channel = "BroadcastChannel" in window ? new BroadcastChannel("fieldtrace") : null;
let waiting = 0, seen = Number(chip?.dataset.head ?? 0);

/** Fetch this page again and change only what is different in its live parts. */
function refresh() {
  waiting = 0;
  for (const part of document.querySelectorAll("[data-live]")) {
    if (!part.id || part.contains(document.activeElement) && document.activeElement?.matches("input, textarea, select")) continue;
    part.setAttribute("aria-busy", "true");
    htmx.ajax("GET", location.href, { target: `#${part.id}`, select: `#${part.id}`, swap: "outerMorph" })
      .finally(() => document.getElementById(part.id)?.removeAttribute("aria-busy"));
  }
}

/** The log has grown. @param {number} position */
function grown(position) {
  if (position <= seen) return;
  seen = position;
  if (chip) chip.textContent = (chip.textContent ?? "").replace(/#[\d,]+/, `#${position.toLocaleString("en-US")}`);
  waiting ||= window.setTimeout(refresh, 1000);
}

/** Follow the log, and tell the other tabs. @returns {EventSource} */
function follow() {
  const stream = new EventSource("/v1/stream");
  stream.addEventListener("head", (event) => {
    const { position } = JSON.parse(/** @type {MessageEvent} */ (event).data);
    channel?.postMessage(position);
    grown(position);
  });
  return stream;
}

channel?.addEventListener("message", (event) => grown(event.data));
if (navigator.locks) {
  // whoever holds the lock follows; when that tab closes, the next one holds it
  void navigator.locks.request("fieldtrace-stream", () => new Promise(() => { follow(); document.documentElement.dataset.leads = ""; }));
} else {
  let stream = follow();
  document.addEventListener("visibilitychange", () => {
    stream.close();
    if (document.visibilityState === "visible") stream = follow();
  });
}
window.addEventListener("offline", () => say(chip?.textContent ?? ""));
