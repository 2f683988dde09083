// A map that has all its points at once: one point, or a small file.
import { Popup, type GeoJSONSource, type Map as GlMap } from "maplibre-gl";
import { fail, openGround, tilesOf, words } from "./map-ground";
import { addLayers, card, fit, inline, lightFromList, motion, names, nearest, ready, type Feature } from "./map-look";

async function load(box: HTMLElement): Promise<Feature[]> {
  if (box.dataset.inline) return inline(box);
  const answer = await fetch(box.dataset.points!, { headers: { accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`points: ${answer.status}`);
  return ready(await answer.json());
}

export async function drawMap(box: HTMLElement) {
  let features: Feature[];
  try { features = await load(box); } catch (reason) { console.warn("map:", reason); fail(box, words.failed); return; }

  const dress = (map: GlMap) => {
    if (!map.getSource("points")) {
      map.addSource("points", { type: "geojson", data: { type: "FeatureCollection", features }, cluster: features.length > 60, clusterRadius: 30, clusterMaxZoom: 12 });
    }
    addLayers(map, names(features.length, 10.5));
  };
  const map = await openGround(box, words.map, words.failed, dress);
  if (!map) return;
  if (features.length) fit(map, box, features.map((f) => f.geometry.coordinates), features.length > 1 || tilesOf(box) ? 14 : 11.5);

  let popup: Popup | null = null;
  const open = (f: Pick<Feature, "geometry" | "properties">, focus: boolean) => {
    popup?.remove();
    popup = new Popup({ offset: 14, maxWidth: "none", focusAfterOpen: focus }).setLngLat(f.geometry.coordinates).setDOMContent(card(f.properties)).addTo(map);
  };
  map.on("click", "pins", (event) => {
    const f = event.features?.[0];
    if (f) open(f as unknown as Feature, true);
  });
  map.on("click", "clusters", async (event) => {
    const f = event.features![0] as unknown as { geometry: { coordinates: [number, number] }; properties: { cluster_id: number } };
    const zoom = await map.getSource<GeoJSONSource>("points")!.getClusterExpansionZoom(f.properties.cluster_id);
    map.easeTo({ center: f.geometry.coordinates, zoom: zoom + 0.5, ...motion });
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    const f = event.key === "Enter" && nearest(map, features);
    if (f) open(f, true);
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Escape" && popup) { popup.remove(); popup = null; map.getCanvas().focus(); }
  });
  lightFromList(map, features);
}
