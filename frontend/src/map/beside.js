// What stands around the drawing: the legend, names of communities, and the table that says the same in words.
import { fill } from "./model.js";

const MOST_ROWS = 100;
const MOST_NAMED = 6;
// In a small network the names of members themselves say where one is.
const NAMED_FROM = 300;

export function showLegend(root, model, view, changed) {
  const legend = root.querySelector("[data-map-legend]");
  const { found, blank } = view.categories;
  const entries = [...found.map((each, at) => [each, at]), ...(blank ? [[blank, -1]] : [])];
  legend.replaceChildren(
    ...entries.map(([each, category]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "map-key";
      button.setAttribute("aria-pressed", String(view.category === category));
      const dot = document.createElement("span");
      dot.className = `map-dot map-colour-${each.colour < 0 ? "none" : each.colour + 1}`;
      const label = document.createElement("span");
      label.textContent = each.label;
      const count = document.createElement("span");
      count.className = "map-count";
      count.textContent = each.count.toLocaleString();
      button.append(dot, label, count);
      button.addEventListener("click", () => changed({ category: view.category === category ? null : category, way: [] }));
      return button;
    }),
  );
}

// Names of communities float over their members.
export function nameCommunities(root, model, view, drawing) {
  const layer = root.querySelector("[data-map-labels]");
  let centres = [];
  const place = () => {
    centres.forEach(({ x, y, label }) => {
      const at = drawing.sigma.graphToViewport({ x, y });
      label.style.transform = `translate(${Math.round(at.x)}px, ${Math.round(at.y)}px) translate(-50%, -50%)`;
    });
  };
  drawing.sigma.on("afterRender", place);
  return () => {
    const named = model.count >= NAMED_FROM && view.colourBy === "community" && !view.nearby && !view.isPointing && !view.way.length ? model.communities : [];
    centres = named.filter((each) => each.members > 3).slice(0, MOST_NAMED).flatMap(({ number, label: text }) => {
      const members = view.shown.filter((at) => model.community[at] === number);
      if (!members.length || !text) return [];
      const mean = (axis) => members.reduce((total, at) => total + model[axis][at], 0) / members.length;
      const label = document.createElement("span");
      label.textContent = text;
      const highest = members.reduce((top, at) => Math.max(top, model.y[at]), -Infinity);
      return [{ x: mean("x"), y: highest + 14, label }];
    });
    layer.replaceChildren(...centres.map((each) => each.label));
    place();
  };
}

// A picture that was drawn before ranks were worked out does not have them, which is not the same as none.
const rankOf = (model, at) => (model.isOld && !model.hasRanks ? model.words.draw_again : (1000 * model.pagerank[at]).toFixed(2));

export function showTable(root, model, view, choose) {
  const box = document.querySelector("[data-map-table]");
  if (!box) return;
  const { words } = model;
  const of = (dimension) => model.dimensions.find((each) => each.name === dimension)?.label ?? "";
  box.querySelector("[data-map-colour-heading]").textContent = of(view.colourBy);
  if (!box.open) return;
  const shown = [...view.shown].sort((one, other) => model.relations[other] - model.relations[one] || model.name[one].localeCompare(model.name[other]));
  const cell = (text, className = "") => {
    const made = document.createElement("td");
    made.className = className;
    made.textContent = text;
    return made;
  };
  const rows = shown.slice(0, MOST_ROWS).map((at) => {
    const row = document.createElement("tr");
    const name = document.createElement("td");
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "map-link", textContent: model.name[at] });
    button.addEventListener("click", () => choose(at));
    name.append(button);
    const category = view.categories.of[at];
    const label = category < 0 ? (view.categories.blank?.label ?? "") : view.categories.found[category].label;
    const others = model.neighbours[at].map((other) => model.name[other]);
    const listed = others.slice(0, 4).join(", ") + (others.length > 4 ? `, ${fill(words.more, { n: others.length - 4 })}` : "");
    row.append(name, cell(label), cell(model.relations[at], "number"), cell(rankOf(model, at), "number"), cell(model.placeOf(at)), cell(listed), cell(model.last_contact[at] ?? words.never));
    return row;
  });
  box.querySelector("[data-map-rows]").replaceChildren(...rows);
  const rest = shown.length - rows.length;
  box.querySelector("[data-map-more]").textContent = rest > 0 ? fill(words.more, { n: rest.toLocaleString() }) : "";
}
