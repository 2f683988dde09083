import { Marker } from "maplibre-gl";
import { make } from "./dom";
import { calm, openGround, tilesOf, words } from "./map-ground";

const find = (selector: string | undefined) =>
  selector ? document.querySelector<HTMLInputElement>(/^[\w-]+$/.test(selector) ? `[name="${selector}"]` : selector) : null;
const number = (text: string) => Number.parseFloat(text.replace(",", "."));

/** A pin to put on the map; the two inputs stay the truth and may be typed in. */
export async function pickPlace(box: HTMLElement) {
  const lon = find(box.dataset.lon);
  const lat = find(box.dataset.lat);
  const map = lon && lat && (await openGround(box, words.pick, words.failedPick, () => {}));
  if (!lon || !lat || !map) return;

  const pin = new Marker({ element: make("div", { class: "map-pin" }), draggable: true, anchor: "bottom" });
  let own = false;
  const write = ({ lng, lat: y }: { lng: number; lat: number }) => {
    own = true;
    lon.value = lng.toFixed(6);
    lat.value = y.toFixed(6);
    for (const input of [lon, lat]) for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
    own = false;
  };
  const read = () => {
    const at: [number, number] = [number(lon.value), number(lat.value)];
    return Number.isFinite(at[0]) && Number.isFinite(at[1]) && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 85 ? at : null;
  };
  const show = (near: boolean) => {
    const at = read();
    if (!at) { pin.remove(); return; }
    pin.setLngLat(at).addTo(map);
    if (near || !map.getBounds().contains(at)) map.easeTo({ center: at, zoom: Math.max(map.getZoom(), tilesOf(box) ? 15 : 12.5), ...(calm ? { animate: false } : { duration: 400 }) });
  };
  pin.on("dragend", () => write(pin.getLngLat()));
  map.on("click", ({ lngLat }) => { write(lngLat); show(false); });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the form must not be sent from here
    write(map.getCenter());
    show(false);
  });
  for (const input of [lon, lat]) input.addEventListener("change", () => { if (!own) show(true); });
  show(true);
}
