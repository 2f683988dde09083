import { all } from "./dom";

/** The navigation folds to icons; the browser remembers it in a cookie that the server reads, so that no page jumps. */
export function fold() {
  const button = document.querySelector<HTMLButtonElement>("[data-fold]");
  if (!button) return;
  button.hidden = false;
  const parts = () => all<HTMLDetailsElement>(".side-nav details");
  button.addEventListener("click", () => {
    const folded = document.body.toggleAttribute("data-folded");
    button.setAttribute("aria-expanded", String(!folded));
    document.cookie = `ocop-nav=${folded ? "folded" : ""};path=/;max-age=${folded ? 31536000 : 0};samesite=lax`;
    parts().forEach((part) => (part.open = !folded && part.parentElement!.hasAttribute("data-here")));
  });
  // folded, one list at a time stands beside its icon, and goes as one goes elsewhere
  const close = (except?: Node | null) => {
    if (document.body.hasAttribute("data-folded")) parts().filter((part) => part !== except).forEach((part) => (part.open = false));
  };
  document.addEventListener("click", (event) => close((event.target as Element).closest(".side-nav details")));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}

/** The panel of the account closes when one goes elsewhere. */
export function account() {
  const panel = document.querySelector<HTMLDetailsElement>(".me");
  document.addEventListener("click", (event) => { if (panel?.open && !panel.contains(event.target as Node)) panel.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel?.open) return;
    panel.open = false;
    panel.querySelector("summary")?.focus();
  });
}
