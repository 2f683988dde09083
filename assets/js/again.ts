import { all, freshId, make } from "./dom";
import { words } from "./words";

type Typed = { action: string; stale: boolean; fields: [name: string, value: string][] };
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const controls = (form: HTMLFormElement) => ([...form.elements] as Control[]).filter((c) => c.name);
const hidden = (c: Control) => c.type === "hidden" && !c.matches("[data-combo]");

/** How many of a form's own hidden values are those that were sent: which of several forms with one address it was. */
const fit = (form: HTMLFormElement, typed: Typed) => controls(form).filter((c) => hidden(c) && typed.fields.some(([name, value]) => name === c.name && value === c.value)).length;

/** What a person reads in a control. */
const shown = (c: Control) => (c instanceof HTMLSelectElement ? (c.selectedOptions[0]?.text ?? "") : c.value).trim().replace(/\r\n/g, "\n");

function tell(c: Control, text: string) {
  const note = make("p", { class: "fresh", id: freshId() }, text);
  c.after(note);
  c.setAttribute("aria-describedby", `${c.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
}

/** A form that was refused: what was typed stands in it again, beside the fresh state of the page. */
export function again() {
  const data = document.getElementById("typed");
  if (!data?.textContent) return;
  const typed = JSON.parse(data.textContent) as Typed;
  const forms = all<HTMLFormElement>("form[method=post]").filter((form) => new URL(form.action, location.href).pathname === typed.action);
  const [form] = forms.sort((a, b) => fit(b, typed) - fit(a, typed));
  if (!form) return;
  const used = new Set<number>();
  for (const c of controls(form)) {
    if (hidden(c) || c.matches("[type=file],[type=password],[type=submit],button")) continue;
    if (/^(checkbox|radio)$/.test(c.type)) {
      (c as HTMLInputElement).checked = typed.fields.some(([name, value]) => name === c.name && value === c.value);
      continue;
    }
    const at = typed.fields.findIndex(([name], i) => name === c.name && !used.has(i));
    if (at < 0) continue;
    used.add(at);
    const [present, own] = [shown(c), typed.fields[at]![1]];
    c.value = own;
    // somebody else saved meanwhile: what stands now is seen beside what would take its place
    if (typed.stale && shown(c) !== present) tell(c, words.present(present));
  }
  for (let node: HTMLElement | null = form; node; node = node.parentElement) if (node instanceof HTMLDetailsElement) node.open = true;
  // it stands in the form again, so it need not be told
  all("[data-typed]").forEach((node) => node.remove());
  form.id ||= freshId();
  const back = make("p");
  back.append(make("a", { href: `#${form.id}` }, words.back));
  document.querySelector(".error-summary")?.append(back);
}
