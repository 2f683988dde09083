export const all = <T extends Element = HTMLElement>(selector: string, from: ParentNode = document) => [...from.querySelectorAll<T>(selector)];

/** Makes an element with text; text is never read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}, text = ""): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

export const live = (className: string) => make("p", { class: className, role: "status" });

export function later<A extends unknown[]>(ms: number, run: (...a: A) => void) {
  let timer = 0;
  return (...a: A) => { clearTimeout(timer); timer = window.setTimeout(() => run(...a), ms); };
}

let serial = 0;
export const freshId = () => `js-${++serial}`;
