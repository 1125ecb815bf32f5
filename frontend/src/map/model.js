// What is known of the network: members column by column, their ties, and what they can be coloured and filtered by.

const MOST_COLOURS = 9;

export async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export class Model {
  constructor(data) {
    Object.assign(this, data.members);
    this.words = data.words;
    this.fields = new Map(data.fields.map((field) => [field.name, field]));
    this.communities = data.communities;
    this.sources = new Map(data.sources.map((source) => [source.name, source]));
    this.ties = data.ties;
    this.isCut = data.is_cut;
    this.isOld = data.is_old;
    this.hasRanks = this.pagerank.some((rank) => rank > 0);
    this.count = this.id.length;
    this.number = new Map(this.id.map((id, at) => [id, at]));
    this.folded = this.name.map(fold);
    this.neighbours = Array.from({ length: this.count }, () => []);
    this.ties.first.forEach((one, at) => {
      const other = this.ties.second[at];
      this.neighbours[one].push(other);
      this.neighbours[other].push(one);
    });
  }

  // The same words as the filter of the list: see MemberPosition.Place.
  isAt(place, at) {
    switch (place) {
      case "core":
        return Boolean(this.is_core[at]);
      case "edge":
        return !this.is_new[at] && this.core_number[at] <= 1;
      case "isolated":
        return !this.is_new[at] && this.relations[at] === 0;
      case "apart":
        return this.relations[at] > 0 && this.component[at] > 0;
      case "largest":
        return !this.is_new[at] && this.component[at] === 0;
      case "best_connected":
        return this.is_best_connected[at];
      case "heard":
        return this.is_heard[at];
      case "bridging":
        return Boolean(this.is_bridge[at]);
      case "breaking":
        return this.cut_off[at] > 0;
      case "only_holder":
        return this.only_here[at] > 0;
      case "silent":
        return this.is_silent[at];
      case "silent_edge":
        return this.is_silent[at] && this.isAt("edge", at);
      default:
        return false;
    }
  }

  placeOf(at) {
    if (this.is_new[at]) return this.words.new;
    if (this.is_core[at]) return this.words.core;
    return this.core_number[at] <= 1 ? this.words.edge : this.words.middle;
  }

  // Members that can be reached in so many steps, itself among them.
  around(start, steps) {
    const found = new Set([start]);
    let ring = [start];
    for (let step = 0; step < steps; step += 1) {
      const next = [];
      for (const at of ring) {
        for (const other of this.neighbours[at]) {
          if (found.has(other)) continue;
          found.add(other);
          next.push(other);
        }
      }
      ring = next;
    }
    return found;
  }

  find(words, limit) {
    const wanted = fold(words.trim());
    if (!wanted) return [];
    const rank = (name) => (name.startsWith(wanted) ? 0 : name.includes(` ${wanted}`) ? 1 : name.includes(wanted) ? 2 : 3);
    return this.folded
      .map((name, at) => [rank(name), -this.relations[at], at])
      .filter(([nearness]) => nearness < 3)
      .sort((one, other) => one[0] - other[0] || one[1] - other[1])
      .slice(0, limit)
      .map(([, , at]) => at);
  }

  // What colour can stand for, in the order of the choice.
  get dimensions() {
    const found = [{ name: "community", label: this.words.community }, { name: "position", label: this.words.place }];
    for (const field of this.fields.values()) {
      if (field.values.length > 1) found.push({ name: field.name, label: field.label });
    }
    return found;
  }

  // Categories by frequency or in their own order, and which of them each member has; -1 is none.
  categories(dimension) {
    if (dimension === "community") return this.#ofCommunities();
    if (dimension === "position") {
      const labels = [this.words.core, this.words.middle, this.words.edge, this.words.new];
      return this.#limited(labels.map((label) => ({ label })), this.name.map((_, at) => labels.indexOf(this.placeOf(at))));
    }
    const field = this.fields.get(dimension);
    if (!field) return { found: [], of: new Array(this.count).fill(-1) };
    if (!field.many) return this.#limited(field.values, field.codes);
    const several = field.values.length;
    const codes = field.codes.map((own) => (own.length > 1 ? several : (own[0] ?? -1)));
    return this.#limited([...field.values, { label: this.words.several }], codes);
  }

  #ofCommunities() {
    const names = this.communities.map((each) => ({ label: each.label || `${this.words.community} ${each.number + 1}` }));
    const codes = this.community.map((number) => (number === null || number === undefined ? -1 : number));
    return this.#limited(names, codes, this.words.no_community);
  }

  #limited(values, codes, none = this.words.none) {
    const counts = new Array(values.length).fill(0);
    for (const code of codes) if (code >= 0) counts[code] += 1;
    const order = values.map((_, code) => code).filter((code) => counts[code]);
    const kept = order.length > MOST_COLOURS ? [...order].sort((a, b) => counts[b] - counts[a]).slice(0, MOST_COLOURS) : order;
    kept.sort((a, b) => order.indexOf(a) - order.indexOf(b));
    const place = new Map(kept.map((code, at) => [code, at]));
    const of = codes.map((code) => (code < 0 ? -1 : (place.get(code) ?? kept.length)));
    const found = kept.map((code, at) => ({ label: values[code].label, count: counts[code], colour: at }));
    const rest = order.length - kept.length;
    if (rest) found.push({ label: this.words.others, count: sum(of, kept.length), colour: MOST_COLOURS });
    const blank = sum(of, -1);
    return { found, of, blank: blank ? { label: none, count: blank, colour: -1 } : null };
  }
}

const sum = (codes, wanted) => codes.reduce((n, code) => n + (code === wanted ? 1 : 0), 0);

export function fold(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("æ", "ae").replaceAll("ø", "o").replaceAll("ß", "ss");
}
