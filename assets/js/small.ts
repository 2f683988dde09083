import { all, live, make } from "./dom";
import { words } from "./words";

/** Brings the reader to the list of errors after a failed submit. */
export function errorSummary() {
  const box = document.querySelector<HTMLElement>(".error-summary");
  if (!box) return;
  box.tabIndex = -1;
  box.focus();
  box.addEventListener("click", (event) => {
    const hash = (event.target as Element).closest("a")?.hash;
    const field = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    (field.matches("input,select,textarea") ? field : field.querySelector<HTMLElement>("input,select,textarea") ?? field).focus({ preventScroll: true });
  });
}

/** Wide screens show the filters; browsers that cannot do it in CSS get them opened. */
export function filters() {
  if (matchMedia("(min-width: 60rem)").matches) all<HTMLDetailsElement>(".filters details").forEach((d) => (d.open = true));
}

export function checkAll(box: HTMLInputElement) {
  const scope = box.form ?? document;
  const items = () => all<HTMLInputElement>(`input[type=checkbox][name="${box.dataset.checkAll}"]`, scope);
  const out = scope.querySelector<HTMLElement>("[data-checked-count]");
  out?.setAttribute("role", "status");
  const show = () => {
    const list = items();
    const n = list.filter((i) => i.checked).length;
    box.checked = n > 0 && n === list.length;
    box.indeterminate = n > 0 && n < list.length;
    if (out) out.textContent = words.checked(n);
  };
  box.addEventListener("change", () => { items().forEach((i) => (i.checked = box.checked)); show(); });
  scope.addEventListener("change", (event) => { if (event.target !== box) show(); });
  addEventListener("pageshow", show);
  show();
}

export function progress(box: HTMLElement) {
  const bar = box.querySelector("progress") ?? box.appendChild(make("progress"));
  if (!bar.hasAttribute("aria-label")) bar.setAttribute("aria-label", document.title);
  let text = box.querySelector<HTMLElement>("[data-progress-text]");
  if (!text) { text = live(""); text.dataset.progressText = ""; box.append(text); }
  let wait = 1000;
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.poll!, { headers: { accept: "application/json" } });
      if (!answer.ok) throw 0;
      const { done, total, text: said, next } = await answer.json();
      wait = 1000;
      if (total > 0) { bar.max = total; bar.value = done; }
      if (said && text!.textContent !== said) text!.textContent = said;
      if (total > 0 && done >= total) { if (next) location.assign(next); return; }
    } catch { wait = Math.min(wait * 2, 15000); }
    setTimeout(ask, wait);
  };
  void ask();
}

/** j and k move along a list, x ticks the row, o opens it in place, / goes to the filter; Enter follows the link. */
export function shortcuts() {
  const rows = all<HTMLElement>(".worklist > li, table[data-keys] tbody > tr");
  const filter = document.querySelector<HTMLInputElement>(".filters input[type=search], .filters input:not([type=hidden])");
  if (!rows.length && !filter) return;
  let at = -1;
  const move = (step: number) => {
    if (!rows.length) return;
    rows[at]?.removeAttribute("data-lit");
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].setAttribute("data-lit", "");
    rows[at].querySelector<HTMLElement>("a[href], summary")?.focus();
    rows[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input:not([type=checkbox]),select,textarea,dialog,[contenteditable]")) return;
    const row = rows[at];
    const done = {
      j: () => move(1),
      k: () => move(-1),
      x: () => row?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
      o: () => { const more = row?.querySelector<HTMLDetailsElement>("details:not(.row-more)") ?? row?.querySelector<HTMLDetailsElement>("details"); if (more) more.open = !more.open; },
      "/": () => filter?.focus(),
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
}

/** Small panels above a list close when one goes elsewhere. */
export function picks() {
  const panels = all<HTMLDetailsElement>(".pick");
  const close = (except?: Node | null) => panels.filter((panel) => panel.open && panel !== except).forEach((panel) => (panel.open = false));
  document.addEventListener("click", (event) => close((event.target as Element).closest(".pick")));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}
