// The controls beside the drawing: each changes the view and tells `changed`.
import { fill } from "./model.js";

const option = (value, label, selected = false) => new Option(label, value, selected, selected);

export function fillPanel(root, model, view, changed) {
  const one = (name) => root.querySelector(`[data-map-${name}]`);
  const all = (name) => [...root.querySelectorAll(`[data-map-${name}]`)];

  const colour = one("colour");
  colour.replaceChildren(...model.dimensions.map((each) => option(each.name, each.label, each.name === view.colourBy)));
  colour.addEventListener("change", () => changed({ colourBy: colour.value, category: null }));

  const size = one("size");
  size.value = view.sizeBy;
  size.addEventListener("change", () => changed({ sizeBy: size.value }));

  const communities = one("communities");
  communities.addEventListener("change", () => {
    colour.value = communities.checked ? "community" : (model.dimensions.find((each) => each.name === "tier") ?? model.dimensions[1]).name;
    changed({ colourBy: colour.value, category: null });
  });

  for (const box of all("place")) {
    box.checked = view.places.has(box.value);
    const count = model.name.reduce((n, _, at) => n + (model.isAt(box.value, at) ? 1 : 0), 0);
    root.querySelector(`[data-map-place-count="${box.value}"]`).textContent = count;
    box.addEventListener("change", () => {
      if (box.checked) view.places.add(box.value);
      else view.places.delete(box.value);
      changed({ way: [] });
    });
  }

  const recorded = one("recorded");
  recorded.checked = view.recorded;
  recorded.addEventListener("change", () => changed({ recorded: recorded.checked }));
  for (const box of all("derived")) {
    box.checked = view.derived.has(box.value);
    box.addEventListener("change", () => changed({}, { derived: [box.value, box.checked] }));
  }

  const things = one("things");
  things.value = view.things;
  things.addEventListener("change", () => changed({ things: things.value }, { things: true }));

  const filters = one("filters");
  for (const field of model.fields.values()) {
    if (field.values.length < 2) continue;
    const id = `map-filter-${field.name.replace(/\W/g, "-")}`;
    const label = document.createElement("label");
    label.htmlFor = id;
    label.textContent = field.label;
    const select = document.createElement("select");
    Object.assign(select, { className: "form-select", id });
    select.dataset.field = field.name;
    select.append(option("", "–"), ...field.values.map((value, code) => option(code, value.label, view.filters.get(field.name) === code)));
    select.addEventListener("change", () => {
      if (select.value === "") view.filters.delete(field.name);
      else view.filters.set(field.name, Number(select.value));
      changed({ nearby: null });
    });
    filters.append(label, select);
  }
  if (view.filters.size) one("filter-box").open = true;

  one("reset").addEventListener("click", () => {
    view.places.clear();
    view.filters.clear();
    changed({ nearby: null, way: [], category: null, recorded: true, selected: null });
  });
}

// What the controls say follows the view, whoever changed it.
export function showState(root, model, view) {
  const one = (name) => root.querySelector(`[data-map-${name}]`);
  one("communities").checked = view.colourBy === "community";
  one("colour").value = view.colourBy;
  one("recorded").checked = view.recorded;
  for (const box of root.querySelectorAll("[data-map-place]")) box.checked = view.places.has(box.value);
  for (const select of root.querySelectorAll("[data-map-filters] select")) {
    select.value = view.filters.has(select.dataset.field) ? String(view.filters.get(select.dataset.field)) : "";
  }
  one("filter-count").textContent = view.filters.size ? String(view.filters.size) : "";
  const list = one("list");
  list.href = root.dataset.membersUrl + (view.asList ? `?${view.asList}` : "");
  for (const link of document.querySelectorAll("[data-map-export]")) {
    // All that take part, unless a filter of states is set.
    const usual = view.filters.has("state") ? "" : "&state=onboarding&state=active&state=paused";
    link.href = `${link.pathname}?format=${link.dataset.mapExport}${usual}${view.asList ? `&${view.asList}` : ""}`;
  }
  const line = (name) => root.querySelector(`[data-map-line=${name}]`);
  line("recorded").hidden = !view.recorded;
  line("mixed").hidden = !view.recorded || !model.ties.is_mixed.some(Boolean);
  line("derived").hidden = !view.derived.size;
  const { words } = model;
  const shown = view.shown;
  const parts = [];
  if (view.nearby) parts.push(fill(words.neighbourhood, { name: model.name[view.nearby.at], n: shown.length }));
  else if (shown.length === model.count) parts.push(fill(words.all_shown, { n: shown.length.toLocaleString() }));
  else parts.push(fill(words.shown, { n: shown.length.toLocaleString(), of: model.count.toLocaleString() }));
  if (view.recorded) parts.push(fill(words.ties, { n: model.ties.first.length.toLocaleString() }));
  const derived = [...view.derived].reduce((n, name) => n + (view.derivedCounts?.get(name) ?? 0), 0);
  if (derived) parts.push(fill(words.derived, { n: derived.toLocaleString() }));
  if (model.isCut) parts.push(words.cut);
  one("status").textContent = parts.join(" · ");
}

export function fillFinder(root, model, choose) {
  const field = root.querySelector("[data-map-find]");
  const list = root.querySelector("[data-map-found]");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    options().forEach((each, at) => each.setAttribute("aria-selected", String(at === place)));
    const chosen = options()[place];
    if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  };
  const take = (each) => {
    field.value = "";
    close();
    choose(Number(each.dataset.at));
  };
  field.addEventListener("input", () => {
    const found = model.find(field.value, 8);
    list.replaceChildren(
      ...found.map((at, place) => {
        const item = document.createElement("li");
        Object.assign(item, { id: `map-found-${place}`, textContent: model.name[at], role: "option" });
        item.setAttribute("role", "option");
        item.dataset.at = at;
        return item;
      }),
    );
    if (field.value.trim() && !found.length) {
      const item = document.createElement("li");
      item.className = "faint";
      item.textContent = model.words.no_match;
      item.setAttribute("role", "presentation");
      list.append(item);
    }
    list.hidden = !field.value.trim();
    field.setAttribute("aria-expanded", String(!list.hidden));
    mark(0);
  });
  field.addEventListener("keydown", (event) => {
    const here = options().findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") mark(Math.min(here + 1, options().length - 1));
    else if (event.key === "ArrowUp") mark(Math.max(here - 1, 0));
    else if (event.key === "Enter" && options()[here]) take(options()[here]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // Pressing an option must not take the focus from the field, or the list would close first.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take(item);
  });
  field.addEventListener("blur", close);
}
