// Colours of the drawing, read from the style sheet, so that light and dark are decided in one place.

const MOST_COLOURS = 10;

// A custom property may hold light-dark(): only a real property of an element tells what it comes to.
function resolved(probe, name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export function theme(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const colour = (name) => resolved(probe, name);
  const found = {
    paper: colour("--map-ground"),
    ink: colour("--ink"),
    soft: colour("--ink-soft"),
    faint: colour("--ink-faint"),
    raised: colour("--raised"),
    line: colour("--line-firm"),
    accent: colour("--accent"),
    none: colour("--map-none"),
    dim: colour("--map-dim"),
    tie: colour("--map-tie"),
    tieDim: colour("--map-tie-dim"),
    tieMixed: colour("--map-tie-mixed"),
    derived: colour("--map-derived"),
    holding: colour("--map-holding"),
    thing: colour("--map-thing"),
    colours: Array.from({ length: MOST_COLOURS }, (_, at) => colour(`--map-${at + 1}`)),
  };
  probe.remove();
  return found;
}

export function onThemeChange(act) {
  new MutationObserver(act).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
}
