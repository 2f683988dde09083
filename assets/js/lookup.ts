import { freshId, later, live, make } from "./dom";
import { words } from "./words";

type Choice = { id: string; label: string; hint?: string };

/** A text field that suggests (ARIA 1.2 combobox). Text that was not chosen from the list is sent as typed. */
export function combobox(input: HTMLInputElement) {
  const wanted = input.dataset.target ?? "";
  const target = document.querySelector<HTMLInputElement>(/^[\w-]+$/.test(wanted) ? `[name="${wanted}"],[id="${wanted}"]` : wanted || "[data-none]");
  if (target) target.dataset.combo = "";
  const id = freshId();
  const box = make("div", { class: "combo" });
  const list = make("ul", { class: "combo-list", id, role: "listbox", "aria-label": input.labels?.[0]?.textContent ?? "" });
  const said = live("sr-only");
  list.hidden = true;
  input.replaceWith(box);
  box.append(input, list, said);
  for (const [k, v] of Object.entries({ role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) input.setAttribute(k, v);

  let choices: Choice[] = [];
  let at = -1;
  let asked = 0;
  const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const light = (to: number) => {
    const items = [...list.children] as HTMLElement[];
    if (!items.length) return;
    at = (to + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    items[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", items[at].id);
  };
  const choose = (choice: Choice) => {
    input.value = choice.label;
    if (target) { target.value = choice.id; target.dispatchEvent(new Event("change", { bubbles: true })); }
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const ask = later(180, async () => {
    const q = input.value.trim();
    if (q.length < 2) { close(); return; }
    const mine = ++asked;
    try {
      const url = new URL(input.dataset.unitSearch!, location.href);
      url.searchParams.set("q", q);
      const answer = await fetch(url, { headers: { accept: "application/json" } });
      const found = (await answer.json()) as Choice[];
      if (mine !== asked || document.activeElement !== input) return;
      choices = found;
      list.replaceChildren(...choices.map((c, i) => {
        const item = make("li", { role: "option", id: `${id}-${i}`, "aria-selected": "false" }, c.label);
        if (c.hint) item.append(make("small", {}, c.hint));
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(c); });
        return item;
      }));
      at = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = !choices.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      said.textContent = words.results(choices.length);
    } catch { close(); }
  });
  input.addEventListener("input", (event) => { if (!event.isTrusted && !input.matches(":focus")) return; if (target) target.value = ""; ask(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask(); else light(at < 0 && event.key === "ArrowUp" ? -1 : at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); choose(choices[at]); }
    else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
  });
  input.addEventListener("blur", close);
}

/** Asks the server whether this place is known already and shows its answer in `[data-duplicates]`. */
export function duplicates(form: HTMLFormElement) {
  const out = form.querySelector<HTMLElement>("[data-duplicates]") ?? document.querySelector<HTMLElement>("[data-duplicates]");
  if (!out) return;
  out.setAttribute("aria-live", "polite");
  const names = (form.dataset.checkFields ?? "name address").split(/[\s,]+/);
  let last = "";
  form.addEventListener("focusout", async (event) => {
    if (!names.includes((event.target as HTMLInputElement).name)) return;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value && !/csrf|token|password/.test(name)) query.append(name, value);
    const url = `${form.dataset.checkDuplicates}?${query}`;
    if (url === last) return;
    last = url;
    try {
      const answer = await fetch(url, { headers: { accept: "text/html" } });
      if (!answer.ok || last !== url) return;
      // A page fragment of our own server; parsed apart, so nothing in it can run.
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      out.replaceChildren(...parsed.body.childNodes);
    } catch { /* offline: the server checks again on submit */ }
  });
}
