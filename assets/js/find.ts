import { all, later, make } from "./dom";

/** Results while one types: below the box of the header, or in the place that the form names. */
export function find(form: HTMLFormElement) {
  const input = form.querySelector<HTMLInputElement>("input[type=search]")!;
  const named = form.dataset.find ? document.getElementById(form.dataset.find) : null;
  const box = named ?? form.appendChild(make("div", { class: "find-box", "aria-live": "polite" }));
  const close = () => { if (!named) box.replaceChildren(); };
  let asked = "";
  const ask = async () => {
    const q = input.value.trim();
    if (q.length < 2) { asked = ""; close(); return; }
    const url = `/tim?phan=1&q=${encodeURIComponent(q)}`;
    if (url === asked) return;
    asked = url;
    try {
      const answer = await fetch(url, { headers: { accept: "text/html" } });
      if (!answer.ok || asked !== url) return;
      // a fragment of our own server; parsed apart, so nothing in it can run
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      box.replaceChildren(...parsed.body.childNodes);
    } catch { close(); }
  };
  input.addEventListener("input", later(160, ask));
  input.addEventListener("focus", () => { if (!named && input.value && !box.childElementCount) { asked = ""; void ask(); } });
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = all<HTMLAnchorElement>("a", box);
    if (step && links.length) {
      event.preventDefault();
      const to = links.indexOf(document.activeElement as HTMLAnchorElement) + step;
      (links[to] ?? (to < 0 ? input : links[links.length - 1])).focus();
    } else if (event.key === "Escape" && !named) { close(); input.focus(); }
  });
  if (named) {
    named.addEventListener("keydown", (event) => form.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, cancelable: true })));
    return;
  }
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget as Node | null)) setTimeout(() => { if (!form.contains(document.activeElement)) close(); }, 150); });
}

/** Ctrl or ⌘ and K: to the box; where none is seen, to its page. */
export function findKey() {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey) return;
    const seen = all<HTMLInputElement>("[data-find] input[type=search]").find((input) => input.offsetParent);
    if (!seen && !document.body.classList.contains("staff")) return;
    event.preventDefault();
    if (seen) { seen.focus(); seen.select(); } else location.assign("/tim");
  });
}
