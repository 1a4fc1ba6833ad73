// @ts-check
// The player of a replay: folds the differences that came with the events, and shows how it stood at any of them.
import { say } from "./keys.js";

const player = /** @type {HTMLElement} */ (document.getElementById("player"));
const seek = /** @type {HTMLInputElement | null} */ (document.getElementById("seek"));
if (player && seek) begin(player, seek);

/** @param {HTMLElement} player @param {HTMLInputElement} seek */
function begin(player, seek) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#events > li")]);
  /** @type {Record<string, number>[]} */
  const standings = [JSON.parse(player.dataset.zero ?? "{}")];
  for (const row of rows) standings.push({ ...standings[standings.length - 1], ...JSON.parse(row.dataset.patch ?? "{}") });
  const gauges = Object.keys(standings[0]).map((name) => ({ name, box: document.getElementById(`gauge-${name}`) }));
  const play = /** @type {HTMLButtonElement} */ (document.getElementById("play"));
  const speed = /** @type {HTMLSelectElement} */ (document.getElementById("speed"));
  const where = /** @type {HTMLElement} */ (document.getElementById("where"));
  const head = /** @type {SVGLineElement} */ (/** @type {unknown} */ (document.getElementById("playhead")));
  const strip = /** @type {HTMLElement} */ (player.querySelector(".strip"));
  const back = /** @type {HTMLAnchorElement} */ (document.getElementById("back"));
  const forward = /** @type {HTMLAnchorElement} */ (document.getElementById("forward"));
  let here = Number(player.dataset.here), playing = 0, writing = 0;

  /** @param {number} change */
  const signed = (change) => (change > 0 ? "+" : "−") + Math.abs(change).toLocaleString("en-US");

  /** Show how it stood after event n; 0 is before the first. @param {number} n @param {{ follow?: boolean, jump?: boolean }} how */
  function show(n, { follow = true, jump = false } = {}) {
    here = Math.min(rows.length, Math.max(0, n));
    const now = standings[here], before = standings[Math.max(0, here - 1)];
    for (const { name, box } of gauges) {
      if (!box) continue;
      const change = now[name] - before[name];
      const value = /** @type {HTMLElement} */ (box.querySelector("[data-value]"));
      value.textContent = now[name].toLocaleString("en-US");
      /** @type {HTMLElement} */ (box.querySelector("[data-change]")).textContent = change ? signed(change) : "";
      box.classList.toggle("changed", change !== 0);
    }
    rows.forEach((row, index) => {
      row.classList.toggle("ahead", index >= here);
      if (index === here - 1) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    });
    const row = rows[here - 1];
    const x = `${row ? row.dataset.x : 0}%`;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    where.textContent = row ? (player.dataset.of ?? "").replace("{n}", String(here)) : player.dataset.before ?? "";
    seek.value = String(here);
    seek.setAttribute("aria-valuetext", row ? `${where.textContent}: ${told(row)}` : where.textContent);
    if (row && follow && !row.parentElement?.matches(":hover")) row.scrollIntoView({ block: "nearest" });
    if (!playing && row) say(told(row));
    clearTimeout(writing);
    const address = new URL(location.href);
    if (here === rows.length) address.searchParams.delete("step"); else address.searchParams.set("step", row?.dataset.keyOf ?? "0");
    if (jump) history.pushState(null, "", address);
    else writing = window.setTimeout(() => history.replaceState(null, "", address), 300);
  }

  /** @param {HTMLElement} row */
  const told = (row) => `${row.querySelector(".when")?.textContent} ${row.querySelector(".said")?.textContent}`.replace(/\s+/g, " ").trim();

  /** The next step in a direction that is not filtered out. @param {number} by */
  function next(by) {
    let n = here + by;
    while (n > 0 && n < rows.length && rows[n - 1].hidden) n += Math.sign(by);
    return n;
  }

  function toggle() {
    clearInterval(playing);
    const stop = playing !== 0;
    playing = 0;
    if (!stop) {
      if (here === rows.length) show(0);
      playing = window.setInterval(() => { show(next(1)); if (here === rows.length) toggle(); }, Number(speed.value));
    }
    play.textContent = playing ? "❚❚" : "▶";
    const name = play.getAttribute("aria-label") ?? "";
    play.setAttribute("aria-label", play.dataset.pause ?? "");
    play.dataset.pause = name;
  }

  /** The event nearest to the pointer, in time. @param {PointerEvent} event */
  function nearest(event) {
    const box = strip.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    let best = 0, distance = Infinity;
    rows.forEach((row, index) => {
      const away = Math.abs(Number(row.dataset.x) - x);
      if (!row.hidden && away < distance) { best = index + 1; distance = away; }
    });
    return best;
  }

  for (const hidden of [play, seek, document.getElementById("pace")]) if (hidden) hidden.hidden = false;
  seek.addEventListener("input", () => show(Number(seek.value)));
  play.addEventListener("click", toggle);
  speed.addEventListener("change", () => { if (playing) { toggle(); toggle(); } });
  back.addEventListener("click", (event) => { event.preventDefault(); show(next(-1)); });
  forward.addEventListener("click", (event) => { event.preventDefault(); show(next(1)); });
  strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); show(nearest(event)); });
  strip.addEventListener("pointermove", (event) => { if (strip.hasPointerCapture(event.pointerId)) show(nearest(event)); });
  rows.forEach((row, index) => row.querySelector(".when")?.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
    if (!new URL(link.href).searchParams.has("step")) return;
    event.preventDefault();
    show(index + 1, { jump: true, follow: false });
  }));
  window.addEventListener("popstate", () => {
    const step = new URL(location.href).searchParams.get("step");
    show(step === null ? rows.length : rows.findIndex((row) => row.dataset.keyOf === step) + 1);
  });
  document.addEventListener("keydown", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || on.closest("input, select, textarea, button, dialog[open], summary")) return;
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, k: -1, j: 1, PageUp: -10, PageDown: 10 });
    if (event.key === " ") { event.preventDefault(); toggle(); }
    else if (steps[event.key]) { event.preventDefault(); show(next(steps[event.key])); }
    else if (event.key === "Home" || event.key === "End") { event.preventDefault(); show(event.key === "Home" ? 0 : rows.length); }
  });
}
