import { all, later, live, make } from "./dom";
import { words } from "./words";

type Draft = { at: number; fields: [name: string, value: string][] };
const PREFIX = "draft:";
const KEEP_MS = 14 * 24 * 3600 * 1000;
const two = (n: number) => String(n).padStart(2, "0");
const clock = (ms: number) => {
  const d = new Date(ms);
  const time = `${two(d.getHours())}:${two(d.getMinutes())}`;
  return d.toDateString() === new Date().toDateString() ? time : `${time} ${two(d.getDate())}/${two(d.getMonth() + 1)}`;
};

/** The page after a successful submit names the drafts that are done; very old ones go too. */
export function clearSaved() {
  try {
    for (const node of all("[data-autosave-clear]")) node.dataset.autosaveClear!.split(" ").forEach((key) => localStorage.removeItem(PREFIX + key));
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && Date.now() - JSON.parse(localStorage.getItem(key)!).at > KEEP_MS) localStorage.removeItem(key);
    }
  } catch { /* private mode: no drafts */ }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const controls = (form: HTMLFormElement) =>
  ([...form.elements] as Control[]).filter((c) => c.name && c.matches("input:not([type=hidden],[type=password],[type=file],[type=submit]),input[type=hidden][data-combo],select,textarea"));
const ticks = (c: Control): c is HTMLInputElement => /^(checkbox|radio)$/.test(c.type);

export function autosave(form: HTMLFormElement) {
  const key = PREFIX + form.dataset.autosave!;
  const said = live("autosave");
  (form.querySelector(".actions") ?? form).append(said);
  const read = (): Draft["fields"] => controls(form).filter((c) => !ticks(c) || c.checked).map((c) => [c.name, c.value]);
  let store: Storage;
  try { store = localStorage; } catch { return; }

  const save = () => {
    try {
      store.setItem(key, JSON.stringify({ at: Date.now(), fields: read() } satisfies Draft));
      say();
    } catch { /* full or forbidden: the form still works */ }
  };
  const say = () => {
    const off = !navigator.onLine;
    said.toggleAttribute("data-offline", off);
    said.textContent = off ? words.offline : words.saved(clock(Date.now()));
  };

  const draft = store.getItem(key);
  if (draft && form.querySelector("[data-invalid]")) {
    // The server has just sent back what was typed: that is newer than the draft.
  } else if (draft) {
    const { at, fields } = JSON.parse(draft) as Draft;
    if (JSON.stringify(fields) !== JSON.stringify(read())) {
      const used = new Set<number>();
      for (const c of controls(form)) {
        if (ticks(c)) { c.checked = fields.some(([n, v]) => n === c.name && v === c.value); continue; }
        const i = fields.findIndex(([n], at) => n === c.name && !used.has(at));
        if (i >= 0) { used.add(i); c.value = fields[i][1]; }
      }
      said.textContent = words.restored(clock(at));
      const drop = make("button", { type: "button", class: "link-btn" }, words.discard);
      drop.addEventListener("click", () => { store.removeItem(key); form.reset(); drop.remove(); said.textContent = ""; });
      said.after(drop);
    }
  }
  const soon = later(600, save);
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  addEventListener("offline", save);
  addEventListener("online", () => { if (store.getItem(key)) say(); });
  form.addEventListener("submit", (event) => {
    save();
    if (!navigator.onLine) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
}
