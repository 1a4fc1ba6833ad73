// @ts-check
// The keyboard: go to pages, walk through rows, copy the link. What it does is on the page for everybody as well.

const OFF = "fieldtrace-keys-off";
const help = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
const off = /** @type {HTMLInputElement | null} */ (document.getElementById("keys-off"));
const said = document.getElementById("said");
let going = false;

/** @param {string} key */
function keep(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

/** Say something to whoever listens instead of looking. @param {string} text */
export function say(text) {
  if (said) said.textContent = text;
}

/** The rows that one can walk through, and the one that one stands on. */
function rows() {
  return [...document.querySelectorAll("[data-rows] > tbody > tr, ul[data-rows] > li, ol[data-rows] > li")];
}

/** @param {number} step */
function walk(step) {
  const all = rows();
  if (!all.length) return;
  const before = all.findIndex((row) => row.classList.contains("at"));
  const now = Math.min(all.length - 1, Math.max(0, before < 0 ? 0 : before + step));
  all[before]?.classList.remove("at");
  all[now].classList.add("at");
  all[now].scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement | null} */ (all[now].querySelector("a, button"))?.focus({ preventScroll: true });
}

/** Copy the address of this page, with everything that it shows. */
async function copy() {
  if (!navigator.clipboard) return prompt("", location.href);
  await navigator.clipboard.writeText(location.href);
  say(said?.dataset.copied ?? "");
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const on = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (on.closest("input:not([type=range], [type=checkbox], [type=radio]), select, textarea, [contenteditable], dialog[open]")) return;
  if (off?.checked) return;
  if (going) {
    going = false;
    const there = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`[data-go="${CSS.escape(event.key)}"]`));
    if (there) { event.preventDefault(); there.click(); }
    return;
  }
  /** @type {Record<string, () => void>} */
  const does = {
    g: () => { going = true; setTimeout(() => { going = false; }, 1500); },
    "?": () => help?.showModal(),
    "/": () => /** @type {HTMLElement | null} */ (document.querySelector('[data-key="/"]'))?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    c: () => { void copy(); },
  };
  const pressable = /** @type {HTMLElement | null} */ (document.querySelector(`main [data-key="${CSS.escape(event.key)}"]`));
  if (pressable) { event.preventDefault(); pressable.click(); return; }
  if (does[event.key] && !event.defaultPrevented) { event.preventDefault(); does[event.key](); }
}

document.addEventListener("keydown", pressed);
if (off) {
  off.checked = keep(OFF) === "1";
  off.addEventListener("change", () => {
    try { localStorage.setItem(OFF, off.checked ? "1" : ""); } catch { /* kept for this page only */ }
  });
}
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  }
});
