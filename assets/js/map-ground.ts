import { Map as GlMap, NavigationControl, ScaleControl, AttributionControl, setWorkerUrl, type LayerSpecification, type SourceSpecification, type StyleSpecification } from "maplibre-gl";
import { make } from "./dom";
import { lang } from "./words";

const vi = {
  failed: "Không mở được bản đồ; xem danh sách bên cạnh.",
  failedPick: "Không mở được bản đồ; hãy nhập kinh độ và vĩ độ, hoặc bấm lấy vị trí hiện tại.",
  map: "Bản đồ. Phím mũi tên để dời, + và − để phóng to, thu nhỏ, Enter mở điểm gần giữa bản đồ nhất.",
  pick: "Bản đồ. Bấm vào bản đồ, hoặc dời bằng phím mũi tên rồi nhấn Enter, để chấm vị trí.",
  zoomIn: "Phóng to", zoomOut: "Thu nhỏ", close: "Đóng", marker: "Vị trí đã chấm",
  scroll: "Giữ Ctrl và cuộn để phóng to bản đồ", touch: "Dùng hai ngón tay để dời bản đồ",
  search: "Tìm trong khung này", from: "Tìm quanh đây",
  nowhere: "Các điểm này chưa có vị trí trên bản đồ; xem danh sách bên cạnh.",
  failedMore: "Chưa tải được điểm của khung này; hãy dời bản đồ để thử lại.",
  part: "Nơi này có quá nhiều điểm để đếm hết; hãy phóng to hoặc lọc thêm.",
  here: (n: number, about: boolean) => (n ? `Khung này có ${about ? "khoảng " : ""}${n.toLocaleString("vi")} điểm.` : "Khung này không có điểm nào."),
  unplaced: (n: number) => `${n.toLocaleString("vi")} điểm chưa có vị trí, chỉ có trong danh sách.`,
  all: (n: number) => `Xem danh sách ${n.toLocaleString("vi")} điểm ở đây`,
};
const en: typeof vi = {
  failed: "The map could not be opened; see the list beside it.",
  failedPick: "The map could not be opened; type longitude and latitude, or use your current position.",
  map: "Map. Arrow keys move it, + and − zoom, Enter opens the point nearest to its middle.",
  pick: "Map. Click it, or move it with the arrow keys and press Enter, to mark the place.",
  zoomIn: "Zoom in", zoomOut: "Zoom out", close: "Close", marker: "Marked place",
  scroll: "Hold Ctrl and scroll to zoom the map", touch: "Use two fingers to move the map",
  search: "Search in this frame", from: "Searching around here",
  nowhere: "These shops have no place on the map yet; see the list.",
  failedMore: "The shops of this frame could not be loaded; move the map to try again.",
  part: "Too many shops here to count them all; zoom in or filter further.",
  here: (n, about) => (n ? `${about ? "About " : ""}${n.toLocaleString("en")} ${n === 1 ? "shop" : "shops"} in this frame.` : "No shops in this frame."),
  unplaced: (n) => `${n.toLocaleString("en")} without a place are in the list only.`,
  all: (n) => `See the list of ${n.toLocaleString("en")} shops here`,
};
export const words = lang === "en" ? en : vi;
export const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const dark = matchMedia("(prefers-color-scheme: dark)");
const HANOI: [number, number] = [105.72, 21.0];
export const FACE = ["Be Vietnam Pro"];

export const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Leaves the page's own text in place and says what to do instead. */
export function fail(box: HTMLElement, text: string) {
  box.removeAttribute("data-ready");
  const note = box.querySelector<HTMLElement>(".map-fallback, :scope > p") ?? box.appendChild(make("p", { class: "map-fallback" }));
  note.setAttribute("role", "status");
  note.textContent = text;
}

/** Address of tiles from outside, where one is set. */
export const tilesOf = (box: HTMLElement) => box.dataset.tiles ?? document.body.dataset.tiles;

function groundStyle(box: HTMLElement): StyleSpecification {
  const { boundaries, places } = box.dataset;
  const tiles = tilesOf(box);
  const sources: Record<string, SourceSpecification> = {};
  const layers: LayerSpecification[] = [{ id: "land", type: "background", paint: { "background-color": token("map-land") } }];
  if (tiles) {
    sources.tiles = { type: "raster", tiles: [new URL(tiles, location.href).href.replace(/%7B/gi, "{").replace(/%7D/gi, "}")], tileSize: 256, attribution: "" };
    layers.push({ id: "tiles", type: "raster", source: "tiles", paint: dark.matches ? { "raster-brightness-max": 0.6, "raster-saturation": -0.4 } : {} });
  }
  if (boundaries) {
    sources.boundaries = { type: "geojson", data: new URL(boundaries, location.href).href };
    layers.push({ id: "boundaries", type: "line", source: "boundaries", paint: { "line-color": token("map-line"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 13, 1.6] } });
  }
  if (places) {
    sources.places = { type: "geojson", data: new URL(places, location.href).href };
    layers.push({
      id: "places", type: "symbol", source: "places",
      layout: { "text-field": ["get", "name"], "text-font": FACE, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11.5, 13, 13.5], "text-padding": 8, "text-max-width": 7 },
      paint: { "text-color": token("map-label"), "text-halo-color": token("map-land"), "text-halo-width": 1.6 },
    });
  }
  return { version: 8, sources, layers };
}

/** Opens a map in `box`, or says that it cannot. `dress` adds the layers of the page and runs again when day turns to night. */
export async function openGround(box: HTMLElement, label: string, failed: string, dress: (map: GlMap) => void): Promise<GlMap | null> {
  const worker = box.dataset.worker ?? document.body.dataset.worker;
  if (!worker) { fail(box, failed); return null; }
  setWorkerUrl(new URL(worker, location.href).href);
  await document.fonts?.load('400 14px "Be Vietnam Pro"', "Hà Nội ễ").catch(() => []);
  const hold = box.appendChild(make("div"));
  hold.style.position = "absolute";
  hold.style.inset = "0";
  let map: GlMap;
  try {
    map = new GlMap({
      container: hold, style: groundStyle(box), center: HANOI, zoom: 8.6, minZoom: 6, maxZoom: 18,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: calm ? 0 : 150,
      cooperativeGestures: true,
      locale: {
        "NavigationControl.ZoomIn": words.zoomIn, "NavigationControl.ZoomOut": words.zoomOut, "Popup.Close": words.close, "Map.Title": label, "Marker.Title": words.marker,
        "CooperativeGesturesHandler.WindowsHelpText": words.scroll, "CooperativeGesturesHandler.MacHelpText": words.scroll.replace("Ctrl", "⌘"), "CooperativeGesturesHandler.MobileHelpText": words.touch,
      },
    });
  } catch (reason) {
    console.warn("map:", reason);
    hold.remove();
    fail(box, failed);
    return null;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric", maxWidth: 90 }), "bottom-left");
  if (box.dataset.attribution) {
    const credit = make("span", {}, box.dataset.attribution); // through text, so that markup in it stays text
    map.addControl(new AttributionControl({ compact: false, customAttribution: credit.innerHTML }), "bottom-right");
  }
  map.on("error", ({ error }) => console.warn("map:", error?.message));
  map.getCanvas().addEventListener("webglcontextlost", () => fail(box, failed));
  map.getCanvas().addEventListener("webglcontextrestored", () => box.setAttribute("data-ready", ""));
  await new Promise<void>((done) => map.once("load", () => done()));
  dress(map);
  box.setAttribute("data-ready", "");
  dark.addEventListener("change", () => { map.setStyle(groundStyle(box)); map.once("styledata", () => dress(map)); });
  return map;
}
