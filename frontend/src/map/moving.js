// Moving a large map. A graphics card draws each frame anew. Where the processor has to draw, a frame of ten thousand
// dots takes longer than a hand waits: there the picture as last drawn is carried along, and drawn anew where it stops.
const STILL_AFTER_MS = 150;
// Slower than this between two frames, so many times in a row, and the picture is carried from then on.
const SLOW_MS = 45;
const SLOW_FRAMES = 3;
// While it is carried: drawn anew when so much larger, smaller or further away, but not more often than this.
const MOST_STRETCH = 2.2;
const MOST_BARE = 0.5;
const BETWEEN_MS = 600;
// Nor so often that more than this share of the time goes into drawing anew.
const MOST_SHARE = 0.15;
// How browsers call drawing without a graphics card.
const BY_PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function drawsByProcessor(gl) {
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  return BY_PROCESSOR.test(gl?.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
}

export class Moving {
  constructor(sigma, host) {
    this.sigma = sigma;
    this.host = host;
    this.isMoving = false;
    this.isSlow = drawsByProcessor(host.querySelector("canvas.sigma-nodes")?.getContext("webgl2"));
    this.slowFrames = 0;
    this.took = 0;
    const { edges, nodes } = sigma.getCanvases();
    this.layers = [edges, nodes];
    const { scheduleRender, getNodeAtPosition } = sigma;
    sigma.scheduleRender = () => {
      if (!this.#carry()) scheduleRender.call(sigma);
      return sigma;
    };
    // Telling which dot is under the mouse waits for the drawing to end; while the map moves nobody points at one.
    sigma.getNodeAtPosition = (place) => (this.isMoving ? null : getNodeAtPosition.call(sigma, place));
    sigma.getCamera().prependListener("updated", () => this.#moved());
    sigma.on("beforeRender", () => {
      this.startedAt = performance.now();
    });
    sigma.on("afterRender", () => this.#drawn());
  }

  get isCarried() {
    return this.isMoving && this.isSlow && Boolean(this.from);
  }

  #moved() {
    if (!this.isMoving) this.host.classList.add("is-moving");
    this.isMoving = true;
    clearTimeout(this.still);
    this.still = setTimeout(() => this.#stopped(), STILL_AFTER_MS);
  }

  #stopped() {
    const { sigma } = this;
    // Where frames are slow, time alone does not tell.
    if (sigma.getCamera().isAnimated() || sigma.getMouseCaptor().isMouseDown) {
      this.still = setTimeout(() => this.#stopped(), STILL_AFTER_MS);
      return;
    }
    this.isMoving = false;
    this.lastFrame = 0;
    sigma.once("afterRender", () => this.host.classList.remove("is-moving", "is-carried"));
    sigma.scheduleRender();
  }

  // After each drawing: it becomes the picture that is carried, or the time it took is noted.
  #drawn() {
    if (this.isSlow) {
      this.#keep();
      return;
    }
    const now = performance.now();
    const took = this.isMoving && this.lastFrame ? now - this.lastFrame : 0;
    this.slowFrames = took > SLOW_MS ? this.slowFrames + 1 : 0;
    this.isSlow = this.slowFrames >= SLOW_FRAMES;
    this.lastFrame = now;
  }

  #keep() {
    for (const layer of this.layers) layer.style.transform = "";
    this.from = this.sigma.getCamera().getState();
    this.keptAt = performance.now();
    // What a drawing takes shows in when the next frames come.
    requestAnimationFrame(() => requestAnimationFrame((now) => { this.took = now - this.startedAt; }));
  }

  // Moves the picture to where the camera is now; false when it has to be drawn anew.
  #carry() {
    if (!this.isCarried) return false;
    const { sigma } = this;
    const { width, height } = sigma.getDimensions();
    const now = sigma.getCamera().getState();
    const corner = (x, y) => {
      const place = sigma.viewportToFramedGraph({ x, y }, { cameraState: this.from });
      return sigma.framedGraphToViewport(place, { cameraState: now });
    };
    const first = corner(0, 0);
    const scale = (corner(width, height).x - first.x) / width;
    const bare = Math.max(Math.abs(first.x + (scale * width - width) / 2) / width, Math.abs(first.y + (scale * height - height) / 2) / height);
    const isFar = scale > MOST_STRETCH || scale < 1 / MOST_STRETCH || bare > MOST_BARE;
    if (isFar && performance.now() - this.keptAt > Math.max(BETWEEN_MS, this.took / MOST_SHARE)) return false;
    this.host.classList.add("is-carried");
    // The browser keeps showing what was drawn last; moving it costs the page's script next to nothing.
    for (const layer of this.layers) layer.style.transform = `translate(${first.x}px, ${first.y}px) scale(${scale})`;
    return true;
  }
}
