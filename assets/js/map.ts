// Only on pages with a map. Draws our own data; no outside tile is needed.
import { all } from "./dom";
import { drawBox } from "./map-box";
import { drawMap } from "./map-points";
import { pickPlace } from "./map-pick";

const start = (box: HTMLElement) => (box.hasAttribute("data-pick") ? pickPlace(box) : box.hasAttribute("data-box") ? drawBox(box) : drawMap(box));

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    void start(target as HTMLElement);
  }
}, { rootMargin: "200px" });
all(".map[data-points], .map[data-inline], .map[data-pick], .map[data-box]").forEach((box) => seen.observe(box));
