// The map page: loads what is known, draws it, and keeps drawing, controls, card and address in step.
import { nameCommunities, showLegend, showTable } from "./beside.js";
import { canDraw, Drawing } from "./drawing.js";
import { load, Model } from "./model.js";
import { fillFinder, fillPanel, showState } from "./panel.js";
import { pictureOf, save } from "./picture.js";
import { View } from "./view.js";

const root = document.querySelector("[data-map]");
const part = (name) => root.querySelector(`[data-map-${name}]`);

async function start() {
  const data = await load(root.dataset.url);
  const model = new Model(data);
  const view = new View(model);
  view.derivedCounts = new Map();
  const asked = view.read();
  const drawing = canDraw() ? new Drawing(part("canvas"), model, view) : null;
  if (!drawing) part("canvas").textContent = model.words.no_webgl;
  const name = drawing ? nameCommunities(root, model, view, drawing) : () => {};

  function changed(values = {}, more = {}) {
    Object.assign(view, values);
    view.update();
    if (view.selected === null) closeCard();
    show();
    if (more.derived) switchDerived(...more.derived);
    if (more.things) showThings();
  }

  function show() {
    drawing?.refresh();
    name();
    showLegend(root, model, view, changed);
    showTable(root, model, view, choose);
    showState(root, model, view);
    view.write(view.selected === null ? "" : model.id[view.selected]);
  }

  async function switchDerived(source, on) {
    if (on && !view.derivedCounts.has(source)) {
      const answer = await load(`${root.dataset.tiesUrl}?source=${encodeURIComponent(source)}`);
      const pairs = answer.ties.map((tie) => [model.number.get(tie.first), model.number.get(tie.second)]);
      const known = pairs.filter(([one, other]) => one !== undefined && other !== undefined);
      view.derivedCounts.set(source, known.length);
      drawing?.addDerived(source, known);
    }
    if (on) view.derived.add(source);
    else view.derived.delete(source);
    show();
  }

  async function showThings() {
    const source = view.things;
    const answer = source ? await load(`${root.dataset.tiesUrl}?source=${encodeURIComponent(source)}&two_mode=1`) : { things: [], held: [] };
    if (source !== view.things) return;
    const held = answer.held.map(([id, thing]) => [model.number.get(id), thing]).filter(([at]) => at !== undefined);
    drawing?.setThings(answer.things, held);
    show();
  }

  function choose(at, { move = true, focus = true } = {}) {
    view.selected = at;
    view.way = [];
    if (!view.shows(at)) view.nearby = null;
    view.update();
    show();
    part("card").hidden = false;
    if (move) drawing?.goTo(at, part("card"));
    const address = root.dataset.memberUrl.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, model.id[at]);
    window.htmx.ajax("GET", address, { target: "#map-card-body", swap: "innerHTML" }).then(() => {
      if (focus) part("card").querySelector("[data-map-card-title]")?.focus({ preventScroll: true });
    });
  }

  function closeCard() {
    part("card").hidden = true;
    document.getElementById("map-card-body").replaceChildren();
  }

  // On a phone the drawing comes first.
  if (matchMedia("(max-width: 991px)").matches) part("controls").open = false;
  fillPanel(root, model, view, changed);
  fillFinder(root, model, choose);
  drawing?.sigma.on("clickNode", ({ node }) => !node.startsWith("t") && choose(Number(node), { move: false, focus: false }));
  drawing?.sigma.on("clickStage", () => view.selected !== null && changed({ selected: null, way: [] }));
  drawing?.sigma.on("enterNode", () => part("canvas").classList.add("is-over"));
  drawing?.sigma.on("leaveNode", () => part("canvas").classList.remove("is-over"));

  part("card").addEventListener("click", (event) => {
    const go = event.target.closest("[data-map-go]");
    if (go && model.number.has(go.dataset.mapGo)) choose(model.number.get(go.dataset.mapGo));
    if (event.target.closest("[data-map-close]")) {
      changed({ selected: null, way: [] });
      part("canvas").focus({ preventScroll: true });
    }
    const around = event.target.closest("[data-map-around]");
    if (!around || view.selected === null) return;
    const steps = Number(around.dataset.mapAround);
    const again = view.nearby?.at === view.selected && view.nearby.steps === steps;
    changed({ nearby: again ? null : { at: view.selected, steps }, way: [] });
    for (const button of part("card").querySelectorAll("[data-map-around]")) {
      button.setAttribute("aria-pressed", String(!again && button === around));
    }
    drawing?.fit(again ? null : view.shown);
  });

  for (const button of root.querySelectorAll("[data-map-zoom]")) {
    button.addEventListener("click", () => drawing?.zoom(button.dataset.mapZoom));
  }
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  part("canvas").addEventListener("keydown", (event) => {
    if (!drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) drawing.pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") drawing.zoom("in");
    else if (event.key === "-") drawing.zoom("out");
    else if (event.key === "0") drawing.zoom("all");
    else if (event.key === "Escape" && view.selected !== null) changed({ selected: null, way: [] });
    else return;
    event.preventDefault();
  });

  document.querySelector("[data-map-table]")?.addEventListener("toggle", () => showTable(root, model, view, choose));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-map-point]");
    if (!link) return;
    event.preventDefault();
    view.places.clear();
    view.places.add(link.dataset.mapPoint);
    view.filters.clear();
    changed({ nearby: null, way: [], category: null });
    drawing?.fit();
    root.scrollIntoView({ behavior: drawing?.duration ? "smooth" : "auto", block: "start" });
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const found = event.target.querySelector?.("[data-map-way]");
    if (!found) return;
    const way = found.dataset.mapWay.split(" ").map((id) => model.number.get(id)).filter((at) => at !== undefined);
    changed({ way, nearby: null });
    drawing?.fit(way);
  });

  const taken = document.querySelector("[data-map-picture]");
  if (taken && drawing) {
    taken.disabled = false;
    taken.addEventListener("click", () => {
      taken.closest("[popover]")?.hidePopover();
      const title = `${taken.dataset.title} · ${part("status").textContent} · ${new Date().toLocaleDateString()}`;
      save(pictureOf(root, model, view, drawing, title), `${taken.dataset.mapPicture}-map.png`);
    });
  }

  show();
  for (const source of view.derived) await switchDerived(source, true);
  if (view.things) await showThings();
  if (model.number.has(asked)) choose(model.number.get(asked), { focus: false });
  root.drawing = drawing;
  root.dataset.ready = "yes";
}

if (root) {
  start().catch((error) => {
    part("status").textContent = root.dataset.failed;
    console.error(error);
  });
}
