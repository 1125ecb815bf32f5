// The map as it is drawn now, as a picture file: the drawing, names of communities, and below it what it shows.
const MARGIN = 16;
const ROW = 22;
const FONT = '"Inter Variable", system-ui, sans-serif';
const RELEASE_AFTER_MS = 10_000;

// Places the parts of the legend in rows as wide as the picture.
function inRows(context, parts, width) {
  const rows = [[]];
  let x = MARGIN;
  for (const part of parts) {
    const wide = (part.sample ? (part.sample.line ? 30 : 16) : 0) + context.measureText(part.text).width + 18;
    if (x + wide > width - MARGIN && rows.at(-1).length) {
      rows.push([]);
      x = MARGIN;
    }
    rows.at(-1).push({ ...part, x });
    x += wide;
  }
  return rows;
}

function drawSample(context, { line, colour, dashed }, x, y) {
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.beginPath();
  if (!line) {
    context.arc(x + 5, y, 5, 0, Math.PI * 2);
    context.fill();
    return 16;
  }
  context.lineWidth = 2;
  context.setLineDash(dashed ? [5, 4] : []);
  context.moveTo(x, y);
  context.lineTo(x + 22, y);
  context.stroke();
  context.setLineDash([]);
  return 30;
}

export function pictureOf(root, model, view, drawing, title) {
  const { sigma, theme } = drawing;
  const { width, height } = sigma.getDimensions();
  const ratio = Math.max(2, devicePixelRatio || 1);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.font = `500 12px ${FONT}`;
  const colour = (each) => (each.colour < 0 ? theme.none : theme.colours[each.colour]);
  const { found, blank } = view.categories;
  const parts = [...found, ...(blank ? [blank] : [])].map((each) => ({ text: each.label, sample: { colour: colour(each) } }));
  if (view.recorded) parts.push({ text: model.words.recorded, sample: { line: true, colour: theme.tie } });
  if (view.recorded && model.ties.is_mixed.some(Boolean)) parts.push({ text: model.words.competing, sample: { line: true, colour: theme.tieMixed } });
  if (view.derived.size) parts.push({ text: model.words.derived_line, sample: { line: true, colour: theme.derived, dashed: true } });
  const rows = inRows(context, parts, width);
  const below = MARGIN * 2 + ROW * (rows.length + 1);
  Object.assign(canvas, { width: width * ratio, height: (height + below) * ratio });
  context.scale(ratio, ratio);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, height + below);
  // What WebGL drew is there only until the browser shows it, so it is drawn once more and taken at once.
  sigma.refresh({ skipIndexation: true, schedule: false });
  const layers = sigma.getCanvases();
  for (const name of ["edges", "nodes", "labels", "hovers", "hoverNodes"]) context.drawImage(layers[name], 0, 0, width, height);
  context.textBaseline = "middle";
  context.font = `500 12px ${FONT}`;
  const stage = root.querySelector("[data-map-canvas]").getBoundingClientRect();
  for (const label of root.querySelectorAll("[data-map-labels] span")) {
    const box = label.getBoundingClientRect();
    const [x, y] = [box.x - stage.x, box.y - stage.y];
    context.fillStyle = theme.raised;
    context.beginPath();
    context.roundRect(x, y, box.width, box.height, box.height / 2);
    context.fill();
    context.fillStyle = theme.soft;
    context.fillText(label.textContent, x + 9, y + box.height / 2 + 1);
  }
  context.fillStyle = theme.line;
  context.fillRect(MARGIN, height, width - 2 * MARGIN, 1);
  rows.forEach((row, at) => {
    const y = height + MARGIN + ROW * (at + 0.5);
    for (const part of row) {
      const moved = drawSample(context, part.sample, part.x, y);
      context.fillStyle = theme.ink;
      context.fillText(part.text, part.x + moved, y + 1);
    }
  });
  context.fillStyle = theme.soft;
  context.fillText(title, MARGIN, height + MARGIN + ROW * (rows.length + 0.5) + 1);
  return canvas;
}

export function save(canvas, name) {
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_AFTER_MS);
  }, "image/png");
}
