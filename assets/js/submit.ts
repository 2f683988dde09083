import { freshId, make } from "./dom";
import { words } from "./words";

const agreed = new WeakSet<Element>();

/** `data-confirm="what will happen"` on a link, a submit button or a form: asks in a dialog of the page. */
export function confirmFirst() {
  const ask = (source: HTMLElement, go: () => void) => {
    const title = freshId();
    const dialog = make("dialog", { "aria-labelledby": title });
    const form = make("form", { method: "dialog", class: "actions" });
    const no = make("button", { class: "btn", value: "no" }, source.dataset.confirmNo ?? words.no);
    const danger = source.matches(".btn-danger");
    const yes = make("button", { class: danger ? "btn btn-danger" : "btn btn-main", value: "yes" }, source.dataset.confirmYes ?? words.yes);
    form.append(no, yes);
    dialog.append(make("h2", { id: title }, source.dataset.confirmTitle ?? words.sure), make("p", {}, source.dataset.confirm), form);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") go(); else source.focus();
    });
    dialog.showModal();
  };
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-confirm]");
    if (!link) return;
    event.preventDefault();
    ask(link, () => location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter as HTMLElement | null;
    const source = button?.dataset.confirm ? button : form.dataset.confirm ? form : null;
    if (!source || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, () => { agreed.add(form); form.requestSubmit(button); });
  }, true);
}

/** One press, one submit. Buttons wake up again when the page comes back or the answer was a download. */
export function sendOnce() {
  const sent = new Set<HTMLFormElement>();
  const wake = () => {
    for (const form of sent) form.querySelectorAll("[aria-disabled]").forEach((b) => b.removeAttribute("aria-disabled"));
    sent.clear();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) { event.preventDefault(); return; }
    sent.add(form);
    form.querySelectorAll("button:not([type=button]),input[type=submit]").forEach((b) => b.setAttribute("aria-disabled", "true"));
    setTimeout(wake, 20000);
  });
  addEventListener("pageshow", wake);
}
