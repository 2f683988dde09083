import { all, later, live, make } from "./dom";
import { words } from "./words";

/** `textarea data-count maxlength`: how much room is left, said aloud only after a pause. */
export function counters() {
  for (const area of all<HTMLTextAreaElement>("[data-count][maxlength]")) {
    const most = area.maxLength;
    area.removeAttribute("maxlength"); // let people paste, then tell them what is too much
    const seen = make("p", { class: "counter", "aria-hidden": "true" });
    const said = live("sr-only");
    area.after(seen, said);
    const speak = later(1000, () => (said.textContent = seen.textContent));
    const show = () => {
      const left = most - area.value.replace(/\n/g, "\r\n").length;
      seen.textContent = left < 0 ? words.over(-left) : words.left(left);
      seen.toggleAttribute("data-near", left < most / 10);
      area.setCustomValidity(left < 0 ? words.over(-left) : "");
    };
    area.addEventListener("input", () => { show(); speak(); });
    show();
  }
}
