// The drawing itself: members as dots, ties as lines, by WebGL. What it looks like is decided by the view.
import Graph from "graphology";
import Sigma from "sigma";
import { EdgeLineProgram, EdgeRectangleProgram, NodePointProgram } from "sigma/rendering";
import { DashedLineProgram } from "./dashed.js";
import { Moving } from "./moving.js";
import { onThemeChange, theme } from "./theme.js";

const MANY_MEMBERS = 2000;
const MANY_TIES = 6000;
const TOO_MANY_TO_MOVE = 30_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// A dot is one point: far less work than a triangle around it, above all without a graphics card. What tells which
// dot is under the mouse is drawn as well, though not while the map moves.
const dots = (isMoving) =>
  class extends NodePointProgram {
    render(params) {
      const picking = this.pickProgram;
      if (isMoving()) this.pickProgram = null;
      super.render(params);
      this.pickProgram = picking;
    }
  };

export class Drawing {
  constructor(host, model, view) {
    this.host = host;
    this.model = model;
    this.view = view;
    this.theme = theme(host);
    this.graph = new Graph({ type: "undirected", multi: true });
    model.name.forEach((label, at) => this.graph.addNode(String(at), { x: model.x[at], y: model.y[at], label, at }));
    const ties = model.ties;
    ties.first.forEach((one, at) => {
      this.graph.addEdgeWithKey(`r${at}`, String(one), String(ties.second[at]), { mixed: ties.is_mixed[at] });
    });
    const many = model.count > MANY_MEMBERS;
    this.sizes = many ? [1.1, 6] : model.count > 300 ? [2.5, 11] : [5, 16];
    this.sigma = new Sigma(this.graph, host, {
      // Lines of one pixel cost a fraction of those with a width. What is named first lies below the others.
      edgeProgramClasses: { dashed: DashedLineProgram, thin: EdgeLineProgram, line: EdgeRectangleProgram },
      nodeProgramClasses: many ? { circle: dots(() => this.moving?.isMoving) } : {},
      defaultEdgeType: this.graph.size > MANY_TIES ? "thin" : "line",
      nodeReducer: (node, data) => this.#node(node, data),
      edgeReducer: (edge, data) => this.#edge(edge, data),
      defaultDrawNodeLabel: (context, data, settings) => this.#label(context, data, settings),
      defaultDrawNodeHover: (context, data, settings) => this.#hover(context, data, settings),
      labelFont: '"Inter Variable", system-ui, sans-serif',
      labelSize: 12,
      labelDensity: many ? 0.4 : 0.9,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 5,
      hideEdgesOnMove: this.graph.size > TOO_MANY_TO_MOVE,
      // Text is the dearest part of a frame; while the map moves nobody reads it.
      hideLabelsOnMove: many,
      stagePadding: 48,
      minCameraRatio: 0.01,
      maxCameraRatio: 2.5,
      zIndex: true,
      allowInvalidContainer: true,
      enableCameraRotation: false,
    });
    // Names of ties are never drawn, and a layer costs something even when it is empty.
    this.sigma.getCanvases().edgeLabels.hidden = true;
    this.moving = many ? new Moving(this.sigma, host) : null;
    onThemeChange(() => {
      this.theme = theme(host);
      this.refresh();
    });
  }

  // Styles change and positions do not, so nothing is indexed anew.
  refresh() {
    this.sigma.refresh({ skipIndexation: true });
  }

  #node(node, data) {
    const { view, theme: colours } = this;
    if (data.thing) {
      return { ...data, size: 4, color: colours.thing, hidden: !view.showsThing(data), forceLabel: this.graph.degree(node) > 2, zIndex: 1 };
    }
    const at = data.at;
    const look = { ...data, size: this.sizes[0] + view.weight(at) * (this.sizes[1] - this.sizes[0]) };
    if (!view.shows(at)) return { ...look, hidden: true };
    if (!view.stressed(at)) return { ...look, color: colours.dim, label: "", zIndex: 0 };
    const colour = view.colour(at);
    look.color = colour < 0 ? colours.none : colours.colours[colour];
    look.zIndex = 1;
    if (at === view.selected) Object.assign(look, { highlighted: true, zIndex: 3, size: look.size + 2 });
    if (view.isPointing || view.isOnWay(at)) look.forceLabel = view.isOnWay(at) || view.pointedCount < 25;
    return look;
  }

  #edge(edge, data) {
    const { view, theme: colours } = this;
    const [one, other] = this.graph.extremities(edge);
    if (data.thing) return { ...data, color: colours.holding, size: 0.6, hidden: !view.shows(Number(one)) };
    const [a, b] = [Number(one), Number(other)];
    if (!view.shows(a) || !view.shows(b) || !view.showsTie(data)) return { ...data, hidden: true };
    if (view.isWay(a, b) && !data.derived) return { ...data, color: colours.accent, size: 3.5, zIndex: 3 };
    if (!view.stressed(a) || !view.stressed(b)) return { ...data, color: colours.tieDim, size: 0.5, zIndex: 0 };
    if (data.derived) return { ...data, color: colours.derived, size: 0.7, zIndex: 0 };
    return { ...data, color: data.mixed ? colours.tieMixed : colours.tie, size: data.mixed ? 2 : 1.2, zIndex: 1 };
  }

  #label(context, data, settings) {
    if (!data.label) return;
    const { ink, paper, soft } = this.theme;
    const x = data.x + data.size + 4;
    const y = data.y + settings.labelSize / 3;
    context.font = `${data.thing ? "italic " : ""}${data.highlighted ? 650 : 500} ${settings.labelSize}px ${settings.labelFont}`;
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = paper;
    context.strokeText(data.label, x, y);
    context.fillStyle = data.thing ? soft : ink;
    context.fillText(data.label, x, y);
  }

  #hover(context, data, settings) {
    context.beginPath();
    context.arc(data.x, data.y, data.size + 3, 0, Math.PI * 2);
    context.lineWidth = 2.5;
    context.strokeStyle = this.theme.ink;
    context.stroke();
    this.#label(context, { ...data, highlighted: true }, settings);
  }

  addDerived(source, pairs) {
    pairs.forEach(([one, other], at) => {
      this.graph.addEdgeWithKey(`d:${source}:${at}`, String(one), String(other), { derived: source, type: "dashed" });
    });
  }

  dropDerived(source) {
    for (const edge of this.graph.filterEdges((_, data) => data.derived === source)) this.graph.dropEdge(edge);
  }

  // Things stand in the middle of those who have them.
  setThings(things, held) {
    for (const node of this.graph.filterNodes((_, data) => data.thing)) this.graph.dropNode(node);
    const holders = things.map(() => []);
    for (const [member, thing] of held) holders[thing].push(member);
    holders.forEach((members, at) => {
      if (!members.length) return;
      const mean = (axis) => members.reduce((total, member) => total + this.model[axis][member], 0) / members.length;
      // A little aside, since two things of the same members would hide each other.
      const turn = at * 2.399963;
      const node = `t${at}`;
      this.graph.addNode(node, { x: mean("x") + Math.cos(turn) * 9, y: mean("y") + Math.sin(turn) * 9, label: things[at], thing: true, members });
      members.forEach((member) => this.graph.addEdgeWithKey(`${node}:${member}`, String(member), node, { thing: true, type: "thin" }));
    });
  }

  get duration() {
    return calm.matches ? 0 : 450;
  }

  zoom(direction) {
    const camera = this.sigma.getCamera();
    const options = { duration: this.duration / 2 };
    if (direction === "in") camera.animatedZoom(options);
    else if (direction === "out") camera.animatedUnzoom(options);
    else this.fit();
  }

  pan(right, down) {
    const camera = this.sigma.getCamera();
    const step = 0.12 * camera.ratio;
    camera.setState({ x: camera.x + right * step, y: camera.y - down * step });
  }

  // To the middle of what the card leaves free.
  goTo(at, card) {
    const place = this.sigma.getNodeDisplayData(String(at));
    if (!place) return;
    const camera = this.sigma.getCamera();
    const ratio = Math.min(camera.ratio, this.model.count > MANY_MEMBERS ? 0.18 : 0.6);
    const { clientWidth: width, clientHeight: height } = this.host;
    const isBeside = card.offsetWidth < width * 0.7;
    const middle = { x: width / 2, y: height / 2 };
    const aside = { x: middle.x + (isBeside ? card.offsetWidth / 2 : 0), y: middle.y + (isBeside ? 0 : height * 0.3) };
    const [from, to] = [middle, aside].map((point) => this.sigma.viewportToFramedGraph(point));
    const scale = ratio / camera.ratio;
    camera.animate({ x: place.x + (to.x - from.x) * scale, y: place.y + (to.y - from.y) * scale, ratio }, { duration: this.duration });
  }

  // Everything, or these members, as large as the window allows.
  fit(members = null) {
    const camera = this.sigma.getCamera();
    if (!members?.length) return camera.animatedReset({ duration: this.duration });
    const places = members.map((at) => this.sigma.getNodeDisplayData(String(at))).filter(Boolean);
    const xs = places.map((place) => place.x);
    const ys = places.map((place) => place.y);
    const span = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 0.06);
    return camera.animate(
      { x: (Math.max(...xs) + Math.min(...xs)) / 2, y: (Math.max(...ys) + Math.min(...ys)) / 2, ratio: Math.min(1, span * 1.35), angle: 0 },
      { duration: this.duration },
    );
  }
}

export function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
}
