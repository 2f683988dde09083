import { all } from "./dom";

/** The parts of a record, one at a time. Without script, and on paper, they stand one below the other. */
export function tabs(nav: HTMLElement) {
  const links = all<HTMLAnchorElement>("a", nav).filter((link) => document.getElementById(link.hash.slice(1)));
  const panels = links.map((link) => document.getElementById(link.hash.slice(1))!);
  if (panels.length < 2) return;
  const show = (at: number) => {
    panels.forEach((panel, i) => panel.toggleAttribute("data-off", i !== at));
    links.forEach((link, i) => (i === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    links[at].scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  /** The part that an address names, or in which something is wrong. */
  const asked = () => {
    const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const wrong = document.querySelector("[data-invalid], .panel .error-summary");
    const at = panels.findIndex((panel) => (named && panel.contains(named)) || (!named && wrong && panel.contains(wrong)));
    return Math.max(at, 0);
  };
  const follow = () => {
    show(asked());
    const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named && !panels.includes(named)) named.scrollIntoView({ block: "start" });
  };
  links.forEach((link, at) => link.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    show(at);
  }));
  addEventListener("hashchange", follow);
  // links of an error summary lead into parts that are not shown
  document.addEventListener("click", (event) => {
    const hash = (event.target as Element).closest<HTMLAnchorElement>("a[href^='#']")?.hash;
    const target = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    const at = target ? panels.findIndex((panel) => panel !== target && panel.contains(target)) : -1;
    if (at >= 0) show(at);
  }, true);
  follow();
}
