// How points and clusters look, and the card of a point: the same on every map.
import { LngLatBounds, Marker, type Map as GlMap } from "maplibre-gl";
import { all, make } from "./dom";
import { FACE, calm, token } from "./map-ground";

export type Props = { name: string; url?: string; state?: string; state_label?: string; kind?: string; kind_label?: string; address?: string; point_count?: number; bounds?: [number, number, number, number] | string };
export type Feature = { type: "Feature"; id?: string | number; geometry: { type: "Point"; coordinates: [number, number] }; properties: Props & { id?: string } };
type Shape = "open" | "half" | "ring" | "diamond" | "triangle";

export const motion = calm ? { animate: false } : { duration: 500 };

/** The same shapes and pigments as the chips. */
const LOOK: Record<string, [Shape, string]> = {
  operating: ["open", "com"], selected: ["open", "com"],
  suspended: ["half", "nghe"], preparing: ["half", "cham"],
  closed: ["ring", "quiet"], withdrawn: ["ring", "quiet"], declined: ["ring", "son"],
  lapsed: ["triangle", "son"], lead: ["diamond", "quiet"],
};
const look = (state = "") => LOOK[state] ?? (["diamond", "men"] as [Shape, string]);

function drawPin(shape: Shape, colour: string, paper: string): ImageData {
  const size = 44;
  const canvas = make("canvas");
  canvas.width = canvas.height = size;
  const c = canvas.getContext("2d")!;
  const m = size / 2;
  const path = () => {
    c.beginPath();
    if (shape === "diamond") { c.moveTo(m, 6); c.lineTo(size - 6, m); c.lineTo(m, size - 6); c.lineTo(6, m); c.closePath(); }
    else if (shape === "triangle") { c.moveTo(m, 6); c.lineTo(size - 5, size - 8); c.lineTo(5, size - 8); c.closePath(); }
    else c.arc(m, m, 14, 0, 7);
  };
  c.lineJoin = "round";
  path(); c.lineWidth = 10; c.strokeStyle = paper; c.stroke();
  path(); c.fillStyle = shape === "open" || shape === "triangle" ? colour : paper; c.fill();
  c.lineWidth = 5; c.strokeStyle = colour; c.stroke();
  if (shape === "half") { c.beginPath(); c.arc(m, m, 14, Math.PI / 2, Math.PI * 1.5); c.fillStyle = colour; c.fill(); }
  if (shape === "open") { c.beginPath(); c.arc(m, m, 4.5, 0, 7); c.fillStyle = paper; c.fill(); }
  return c.getImageData(0, 0, size, size);
}

/** Names are shown at once when the points are few, and otherwise when the map is near enough. */
export const names = (count: number, zoom: number) => (count > 25 ? ["step", ["zoom"], "", zoom, ["get", "name"]] : ["get", "name"]) as unknown as string;

/** Clusters and pins of the source “points”. */
export function addLayers(map: GlMap, field: string) {
  const paper = token("card");
  for (const state of [...Object.keys(LOOK), "other"]) {
    const [shape, colour] = look(state);
    if (!map.hasImage(`pin-${state}`)) map.addImage(`pin-${state}`, drawPin(shape, token(colour), paper), { pixelRatio: 2 });
    else map.updateImage(`pin-${state}`, drawPin(shape, token(colour), paper));
  }
  map.addLayer({ id: "clusters", type: "circle", source: "points", filter: ["has", "point_count"], paint: {
    "circle-color": token("cham-fill"), "circle-stroke-color": paper, "circle-stroke-width": 2,
    "circle-radius": ["step", ["get", "point_count"], 13, 10, 16, 100, 19, 1000, 24] } });
  map.addLayer({ id: "cluster-count", type: "symbol", source: "points", filter: ["has", "point_count"],
    layout: { "text-field": ["to-string", ["get", "point_count"]], "text-font": FACE, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": "#fffaf0" } });
  map.addLayer({ id: "pins", type: "symbol", source: "points", filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["match", ["get", "state"], Object.keys(LOOK), ["concat", "pin-", ["get", "state"]], "pin-other"],
      "icon-allow-overlap": true, "icon-padding": 0,
      "text-field": field, "text-font": FACE, "text-size": 13, "text-optional": true,
      "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 1, "text-justify": "auto", "text-max-width": 11,
    },
    paint: { "text-color": token("ink"), "text-halo-color": token("map-land"), "text-halo-width": 2 } });
  for (const layer of ["pins", "clusters"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}

export function card({ name, url, state, state_label, kind_label, address }: Props) {
  const node = make("div");
  node.append(url && /^(\/(?!\/)|https?:)/.test(url) ? make("a", { href: url }, name) : make("strong", {}, name));
  const meta = [kind_label, address].filter(Boolean).join(" · ");
  if (meta) node.append(make("p", { class: "quiet" }, meta));
  if (state && state_label) node.append(make("span", { class: "chip", "data-state": state }, state_label));
  return node;
}

/** The feature nearest to the middle of the map. */
export function nearest(map: GlMap, features: Feature[]): Feature | undefined {
  const middle = map.project(map.getCenter());
  const far = (f: Feature) => map.project(f.geometry.coordinates).dist(middle);
  return features.length ? features.reduce((best, f) => (far(f) < far(best) ? f : best)) : undefined;
}

/** Brings all of them into view. */
export function fit(map: GlMap, box: HTMLElement, places: [number, number][], most: number) {
  const bounds = new LngLatBounds();
  for (const place of places) bounds.extend(place);
  map.fitBounds(bounds, { padding: { top: 48, bottom: 48, left: 40, right: box.clientWidth > 360 ? 120 : 64 }, maxZoom: most, animate: false });
}

/** The list beside the map lights its pin. */
export function lightFromList(map: GlMap, features: Feature[]) {
  const ring = new Marker({ element: make("div", { class: "map-ring", "aria-hidden": "true" }) });
  const byId = new Map(features.map((f) => [f.properties.id, f]));
  const light = (id: string) => {
    const f = byId.get(id);
    if (!f) return;
    ring.setLngLat(f.geometry.coordinates).addTo(map);
    if (!map.getBounds().contains(f.geometry.coordinates)) map.easeTo({ center: f.geometry.coordinates, ...motion });
  };
  for (const item of all("[data-feature-id]")) {
    const on = () => light(item.dataset.featureId!);
    const off = () => ring.remove();
    item.addEventListener("mouseenter", on);
    item.addEventListener("focusin", on);
    item.addEventListener("mouseleave", off);
    item.addEventListener("focusout", off);
  }
}

/** Features of a script element of the page. */
export function inline(box: HTMLElement): Feature[] {
  const element = box.dataset.inline && document.getElementById(box.dataset.inline);
  return element ? ready(JSON.parse(element.textContent ?? "")) : [];
}

/** Points only, each with its id where the layers see it. */
export function ready(data: { features: Feature[] }): Feature[] {
  const features = data.features.filter((f) => f.geometry?.type === "Point");
  for (const f of features) f.properties.id = String(f.id ?? f.properties.id ?? f.properties.url ?? "");
  return features;
}
