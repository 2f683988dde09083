// A map beside a list: asks for what it shows as it is moved, never for all points at once. The list says the same
// without it; it changes only when the reader presses “search in this frame”.
import { Marker, Popup, type GeoJSONSource, type Map as GlMap } from "maplibre-gl";
import { later, make } from "./dom";
import { fail, openGround, words } from "./map-ground";
import { addLayers, card, fit, inline, lightFromList, motion, names, nearest, ready, type Feature } from "./map-look";

type Box = [number, number, number, number];
type Answer = { features: Feature[]; bbox?: Box; unplaced: number; complete: boolean };

/** Nearer than this a cluster does not fall apart. */
const DEEP = 17.5;
const numbers = (text: string) => text.split(",").map(Number);
const corners = ([west, south, east, north]: Box): [number, number][] => [[west, south], [east, north]];

const boxOf = ({ bounds }: Feature["properties"]) => (typeof bounds === "string" ? JSON.parse(bounds) : bounds) as Box;

/** Clusters on two sides of an edge of a square may lie over another: they become one. */
function apart(map: GlMap, features: Feature[]): Feature[] {
  const kept: Feature[] = [];
  for (const f of features) {
    const n = f.properties.point_count;
    const at = map.project(f.geometry.coordinates);
    const other = n ? kept.find((k) => k.properties.point_count && map.project(k.geometry.coordinates).dist(at) < 36) : undefined;
    if (!n || !other) { kept.push(f); continue; }
    const m = other.properties.point_count!;
    const [a, b] = [boxOf(other.properties), boxOf(f.properties)];
    other.geometry.coordinates = other.geometry.coordinates.map((degrees, axis) => (degrees * m + f.geometry.coordinates[axis]! * n) / (m + n)) as [number, number];
    other.properties.point_count = m + n;
    other.properties.bounds = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
  }
  return kept;
}

export async function drawBox(box: HTMLElement) {
  let shown: Feature[] = [];
  const rows = inline(box);
  const frame = box.dataset.frame ? (numbers(box.dataset.frame) as Box) : null;
  const place = box.dataset.place ? (numbers(box.dataset.place) as [number, number]) : null;

  const ask = async (view: string, signal?: AbortSignal): Promise<Answer> => {
    const url = new URL(box.dataset.box!, location.href);
    const address = `${url.pathname}?${[url.search.slice(1), view].filter(Boolean).join("&")}`;
    const answer = await fetch(address, { headers: { accept: "application/geo+json, application/json" }, signal });
    if (!answer.ok) throw new Error(`points: ${answer.status}`);
    return answer.json();
  };
  let first: Answer;
  try { first = await ask(frame ? `bbox=${frame.join(",")}` : ""); } catch (reason) { console.warn("map:", reason); fail(box, words.failed); return; }
  if (!first.bbox && !rows.length) { fail(box, words.nowhere); return; }
  shown = ready(first);

  const dress = (map: GlMap) => {
    if (!map.getSource("points")) map.addSource("points", { type: "geojson", data: { type: "FeatureCollection", features: shown } });
    if (frame && !map.getSource("frame")) {
      const [[west, south], [east, north]] = corners(frame) as [[number, number], [number, number]];
      map.addSource("frame", { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [[west, south], [east, south], [east, north], [west, north], [west, south]] } } });
    }
    if (frame) map.addLayer({ id: "frame", type: "line", source: "frame", paint: { "line-color": getComputedStyle(document.documentElement).getPropertyValue("--son").trim(), "line-width": 2, "line-dasharray": [3, 2] } });
    addLayers(map, names(shown.length, 11.5));
  };
  const map = await openGround(box, words.map, words.failed, dress);
  if (!map) return;

  const note = make("p", { class: "map-note", role: "status" });
  box.after(note);
  const link = make("a", { class: "btn map-search" }, words.search);
  link.hidden = true;
  box.append(link);
  const listOf = (view: Box) => {
    const url = new URL(box.dataset.list!, location.href);
    url.searchParams.set("bbox", view.map((degrees) => degrees.toFixed(5)).join(","));
    return url.pathname + url.search;
  };

  const show = (answer: Answer) => {
    shown = apart(map, ready(answer));
    map.getSource<GeoJSONSource>("points")!.setData({ type: "FeatureCollection", features: shown } as never);
    map.setLayoutProperty("pins", "text-field", names(shown.length, 11.5));
    const seen = map.getBounds();
    const here = shown.filter((f) => seen.contains(f.geometry.coordinates));
    const count = here.reduce((sum, f) => sum + (f.properties.point_count ?? 1), 0);
    note.textContent = [words.here(count, here.some((f) => f.properties.point_count)), answer.unplaced ? words.unplaced(answer.unplaced) : "", answer.complete ? "" : words.part].filter(Boolean).join(" ");
  };
  let under: AbortController | null = null;
  const refresh = later(120, async () => {
    const bounds = map.getBounds();
    const zoom = Math.floor(map.getZoom() * 2) / 2;
    // rounded outwards, so that neighbours ask for the same boxes and are answered from a cache
    const step = 2 ** (6 - Math.floor(zoom));
    const out = (degrees: number, round: (n: number) => number) => round(degrees / step) * step;
    const view: Box = [Math.max(-180, out(bounds.getWest(), Math.floor)), Math.max(-90, out(bounds.getSouth(), Math.floor)), Math.min(180, out(bounds.getEast(), Math.ceil)), Math.min(90, out(bounds.getNorth(), Math.ceil))];
    under?.abort();
    under = new AbortController();
    box.setAttribute("aria-busy", "true");
    try { show(await ask(`bbox=${view.join(",")}&zoom=${zoom}`, under.signal)); box.removeAttribute("aria-busy"); }
    catch (reason) { if ((reason as Error).name !== "AbortError") { console.warn("map:", reason); note.textContent = words.failedMore; box.removeAttribute("aria-busy"); } }
  });
  let popup: Popup | null = null;
  const put = (at: [number, number], content: Node) => {
    popup?.remove();
    popup = new Popup({ offset: 14, maxWidth: "none" }).setLngLat(at).setDOMContent(content).addTo(map);
  };
  const open = (f: Feature) => {
    const count = f.properties.point_count;
    if (!count) return put(f.geometry.coordinates, card(f.properties));
    const view = boxOf(f.properties);
    if (map.getZoom() < DEEP - 0.5) {
      map.fitBounds(corners(view) as [[number, number], [number, number]], { padding: 32, maxZoom: DEEP, ...motion });
      offer();
    } else {
      const more = make("div");
      more.append(make("a", { href: listOf(view) }, words.all(count)));
      put(f.geometry.coordinates, more);
    }
  };
  const offer = () => { link.hidden = false; };
  map.on("click", "pins", (event) => { const f = event.features?.[0]; if (f) open(f as unknown as Feature); });
  map.on("click", "clusters", (event) => { const f = event.features?.[0]; if (f) open(f as unknown as Feature); });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow") || event.key === "+" || event.key === "-") offer();
    const f = event.key === "Enter" && nearest(map, shown);
    if (f) open(f);
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Escape" && popup) { popup.remove(); popup = null; map.getCanvas().focus(); }
  });
  lightFromList(map, rows);

  const view = frame ? corners(frame) : place ? [place, ...rows.map((f) => f.geometry.coordinates)] : first.bbox ? corners(first.bbox) : rows.map((f) => f.geometry.coordinates);
  fit(map, box, view, 14);
  if (place) new Marker({ element: make("div", { class: "map-here", title: words.from }) }).setLngLat(place).addTo(map);
  refresh();
  map.on("moveend", (event) => {
    if ((event as { originalEvent?: Event }).originalEvent) offer();
    const bounds = map.getBounds();
    link.href = listOf([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
    refresh();
  });
  map.getContainer().querySelector(".maplibregl-ctrl-top-right")?.addEventListener("click", offer);
  const bounds = map.getBounds();
  link.href = listOf([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
}
