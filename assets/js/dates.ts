import { all, make } from "./dom";
import { words } from "./words";

/** A calendar beside the field: days are typed or picked, whatever is quicker. */
export function dates() {
  for (const input of all<HTMLInputElement>("input[data-date]")) {
    const picker = make("input", { type: "date", tabindex: "-1", "aria-hidden": "true", class: "day-picker" });
    if (!("showPicker" in picker)) continue;
    const button = make("button", { type: "button", class: "day-button", "aria-label": `${words.calendar}: ${input.labels?.[0]?.firstChild?.textContent?.trim() ?? ""}` });
    const row = make("div", { class: "day" });
    input.replaceWith(row);
    row.append(input, button, picker);
    button.addEventListener("click", () => {
      const typed = input.value.match(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/);
      picker.value = typed ? `${typed[3]}-${typed[2].padStart(2, "0")}-${typed[1].padStart(2, "0")}` : "";
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      const [year, month, day] = picker.value.split("-");
      if (!day) return;
      input.value = `${day}/${month}/${year}`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
  }
}
