import { all, make } from "./dom";
import { words } from "./words";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const controls = (group: Element) => all<Control>("input:not([type=hidden],[type=file],[type=date]),select,textarea", group).filter((c) => c.name);
const isEmpty = (group: Element, c: Control) => (c.type === "radio" ? !group.querySelector(`[name="${c.name}"]:checked`) : c.type === "checkbox" ? !(c as HTMLInputElement).checked : !c.value.trim());
const missing = (group: Element) => new Set(controls(group).filter((c) => c.required && isEmpty(group, c)).map((c) => c.name)).size;

/** A long form: on a phone one group at a time with what is left, and on every screen everything once more before it is sent. */
export function steps(form: HTMLFormElement) {
  const groups = all<HTMLFieldSetElement>("fieldset.group", form);
  if (groups.length < 2) return;
  const names = groups.map((group) => group.querySelector("legend")!.textContent!.replace(/^\d+\.\s*/, ""));
  const narrow = matchMedia("(max-width: 40rem)");
  const list = make("ol", { class: "task-list" });
  const review = make("section", { class: "card stack review", tabindex: "-1" });
  const end = form.querySelector<HTMLElement>(".actions-sticky")!;
  const tail = [...form.children].slice([...form.children].indexOf(groups.at(-1)!) + 1).filter((e) => e !== end) as HTMLElement[];
  const next = make("button", { type: "button", class: "btn btn-main" }, words.next);
  const back = make("button", { type: "button", class: "btn" }, words.previous);
  const send = all<HTMLButtonElement>("button[type=submit]", end);
  groups[0].before(list);
  end.before(review);
  end.prepend(next, back);
  let at = 0;

  const fill = () => {
    review.replaceChildren(make("h2", {}, words.review));
    groups.forEach((group, i) => {
      const facts = make("dl", { class: "facts" });
      for (const field of all(".field", group)) {
        const c = controls(field)[0];
        const files = field.querySelector<HTMLInputElement>("input[type=file]");
        const label = field.querySelector("label, legend")?.firstChild?.textContent?.trim();
        const value = files ? (files.files?.length ? words.chosen(files.files.length, "").replace(/, $/, "") : "") : !c ? "" : c.type === "radio" || c.type === "checkbox"
          ? field.querySelector<HTMLInputElement>("input:checked")?.closest("label")?.textContent?.trim() ?? ""
          : c instanceof HTMLSelectElement ? (c.value ? c.selectedOptions[0].text : "") : c.value;
        if (!label || (!value && !c?.required)) continue;
        const dd = make("dd", {}, value || words.lacking);
        if (!value) dd.className = "lack";
        facts.append(make("dt", {}, label), dd);
      }
      const edit = make("button", { type: "button", class: "link-btn" }, `${words.change} ${names[i].toLowerCase()}`);
      edit.addEventListener("click", () => show(i));
      review.append(make("h3", {}, names[i]), facts, edit);
    });
  };
  const show = (to: number, focus = true) => {
    at = to;
    const last = at === groups.length;
    if (last) fill();
    groups.forEach((group, i) => (group.hidden = last || (narrow.matches && i !== at)));
    review.hidden = !last;
    tail.forEach((part) => (part.hidden = !last && narrow.matches && part !== review));
    next.hidden = last || (!narrow.matches && false);
    next.textContent = !narrow.matches || at === groups.length - 1 ? words.check : words.next;
    back.hidden = last ? false : !narrow.matches || at === 0;
    send.forEach((button) => (button.hidden = !last && button.value !== "draft"));
    list.hidden = !narrow.matches && !last;
    list.replaceChildren(...names.map((name, i) => {
      const left = missing(groups[i]);
      const item = make("li", i === at ? { "aria-current": "step" } : left ? {} : { "data-done": "" });
      const go = make("button", { type: "button", class: "link-btn" }, name);
      go.addEventListener("click", () => show(i));
      item.append(go, make("small", {}, left ? words.todo(left) : words.complete));
      return item;
    }));
    if (!focus) return;
    const target = last ? review : groups[narrow.matches ? at : 0];
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    (narrow.matches ? list : target).scrollIntoView({ block: "start" });
  };
  next.addEventListener("click", () => show(narrow.matches ? at + 1 : groups.length));
  back.addEventListener("click", () => show(at === groups.length && !narrow.matches ? 0 : at - 1));
  form.addEventListener("change", () => { if (at < groups.length) show(at, false); });
  narrow.addEventListener("change", () => show(Math.min(at, groups.length), false));
  // what is wrong is shown, on whichever part it stands
  const wrong = groups.findIndex((group) => group.querySelector("[data-invalid]"));
  const below = tail.some((part) => part.matches("[data-invalid]") || part.querySelector("[data-invalid], .notice, input[type=checkbox][name=sure]"));
  show(wrong >= 0 ? wrong : below && document.querySelector(".error-summary") ? groups.length : 0, false);
  document.addEventListener("click", (event) => {
    const hash = (event.target as Element).closest<HTMLAnchorElement>(".error-summary a")?.hash;
    const field = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!field) return;
    const group = groups.findIndex((known) => known.contains(field));
    show(group >= 0 ? group : groups.length, false);
  }, true);
}
