// What the reader chose to see: colour, size, places pointed out, ties, filters, one neighbourhood, one way.

export class View {
  constructor(model) {
    this.model = model;
    this.colourBy = "community";
    this.sizeBy = "relations";
    this.places = new Set();
    this.filters = new Map();
    this.recorded = true;
    this.derived = new Set();
    this.things = "";
    this.selected = null;
    this.nearby = null;
    this.way = [];
    this.category = null;
    this.update();
  }

  // Everything that dots and lines ask for is worked out once for each change, not once for each frame.
  update() {
    const { model } = this;
    this.categories = model.categories(this.colourBy);
    const measure = this.sizeBy ? model[this.sizeBy] : null;
    const most = measure ? measure.reduce((highest, value) => Math.max(highest, value), 0) : 0;
    this.weights = model.name.map((_, at) => (most ? Math.sqrt(measure[at] / most) : 0.25));
    const near = this.nearby ? model.around(this.nearby.at, this.nearby.steps) : null;
    const wanted = [...this.filters].map(([name, code]) => [model.fields.get(name), code]).filter(([field]) => field);
    this.visible = model.name.map((_, at) => {
      if (near && !near.has(at)) return false;
      return wanted.every(([field, code]) => (field.many ? field.codes[at].includes(code) : field.codes[at] === code));
    });
    this.pointed = this.places.size ? model.name.map((_, at) => [...this.places].some((place) => model.isAt(place, at))) : null;
    this.pointedCount = this.pointed ? this.pointed.filter((is, at) => is && this.visible[at]).length : 0;
    this.onWay = new Set(this.way);
    this.steps = new Set(this.way.slice(1).map((at, before) => key(this.way[before], at)));
  }

  get isPointing() {
    return this.pointed !== null;
  }

  shows(at) {
    return this.visible[at];
  }

  stressed(at) {
    if (this.onWay.size) return this.onWay.has(at);
    if (this.category !== null && this.categories.of[at] !== this.category) return false;
    return !this.pointed || this.pointed[at];
  }

  colour(at) {
    const category = this.categories.of[at];
    return category < 0 ? -1 : this.categories.found[category].colour;
  }

  weight(at) {
    return this.weights[at];
  }

  showsTie(data) {
    return data.derived ? this.derived.has(data.derived) : this.recorded;
  }

  showsThing(data) {
    return data.members.some((member) => this.visible[member]);
  }

  isOnWay(at) {
    return this.onWay.has(at);
  }

  isWay(one, other) {
    return this.steps.has(key(one, other));
  }

  get shown() {
    return this.visible.flatMap((is, at) => (is && this.stressed(at) ? [at] : []));
  }

  // The address keeps what was chosen, so that a view can be passed on and comes back with the page.
  write(id) {
    const address = new URL(location.href);
    const put = (name, value, usual = "") => (value === usual ? address.searchParams.delete(name) : address.searchParams.set(name, value));
    put("colour", this.colourBy, "community");
    put("size", this.sizeBy, "relations");
    put("show", [...this.places].join(","));
    put("ties", [this.recorded ? "relation" : "", ...this.derived].filter(Boolean).join(","), "relation");
    put("things", this.things);
    put("member", id ?? "");
    for (const [name, field] of this.model.fields) {
      const code = this.filters.get(name);
      put(name, code === undefined ? "" : field.values[code].value);
    }
    history.replaceState(history.state, "", address);
  }

  read() {
    const given = new URL(location.href).searchParams;
    const known = new Set(this.model.dimensions.map((each) => each.name));
    if (known.has(given.get("colour"))) this.colourBy = given.get("colour");
    if (given.has("size")) this.sizeBy = given.get("size") in this.model ? given.get("size") : "relations";
    for (const place of (given.get("show") ?? "").split(",").filter(Boolean)) this.places.add(place);
    if (given.has("ties")) {
      const ties = given.get("ties").split(",");
      this.recorded = ties.includes("relation");
      this.derived = new Set(ties.filter((name) => this.model.sources.get(name)?.is_derived));
    }
    if (this.model.sources.get(given.get("things"))?.things) this.things = given.get("things");
    for (const [name, field] of this.model.fields) {
      const code = field.values.findIndex((each) => each.value === given.get(name));
      if (given.get(name) && code >= 0) this.filters.set(name, code);
    }
    this.update();
    return given.get("member");
  }

  // The same filters as parameters of the list of members.
  get asList() {
    const parameters = new URLSearchParams();
    for (const [name, code] of this.filters) parameters.append(name, this.model.fields.get(name).values[code].value);
    for (const place of this.places) parameters.append("position", place);
    return parameters.toString();
  }
}

const key = (one, other) => (one < other ? `${one} ${other}` : `${other} ${one}`);
