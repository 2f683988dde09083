import { all } from "./dom";
import { words } from "./words";

/** How many items are answered, group by group, while one answers. */
export function survey(form: HTMLFormElement) {
  const count = (from: ParentNode) => {
    const items = all<HTMLFieldSetElement>("fieldset.verdict", from);
    return [items.filter((item) => item.querySelector("input:checked")).length, items.length];
  };
  const whole = document.querySelector<HTMLElement>("[data-answered-all]");
  const bar = whole?.parentElement?.querySelector("progress");
  const show = () => {
    all<HTMLElement>("[data-answered]", form).forEach((out) => {
      const [done, of] = count(out.closest("section")!);
      out.textContent = of ? `${done}/${of}` : "";
    });
    const [done, of] = count(form);
    if (whole) whole.textContent = words.answered(done, of);
    if (bar) { bar.max = of; bar.value = done; }
  };
  form.addEventListener("change", show);
  show();
}
