import { live } from "./dom";
import { words } from "./words";

/** `button data-geolocate data-lon data-lat`: fills the two inputs and says how sure the device is. With `data-near` the
 * form is then sent to list what is nearest; a position to ten metres will do for that. */
export function locate(button: HTMLButtonElement) {
  if (!navigator.geolocation) { button.hidden = true; return; }
  const isNear = button.hasAttribute("data-near");
  button.hidden = false;
  const said = live("hint");
  button.after(said);
  const put = (selector: string | undefined, value: number) => {
    const input = selector && document.querySelector<HTMLInputElement>(/^[\w-]+$/.test(selector) ? `[name="${selector}"]` : selector);
    if (!input) return;
    input.value = value.toFixed(isNear ? 4 : 6);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  button.addEventListener("click", () => {
    said.textContent = words.locating;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        put(button.dataset.lon, coords.longitude);
        put(button.dataset.lat, coords.latitude);
        const order = isNear && button.form?.elements.namedItem("near");
        if (order instanceof HTMLSelectElement) { order.value = "1"; button.form!.requestSubmit(); }
        const metres = Math.round(coords.accuracy);
        said.textContent = words.located(metres) + (metres > 100 ? words.rough : "");
      },
      () => (said.textContent = isNear ? words.noNear : words.noLocation),
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 },
    );
  });
}
