"""Frames per second of the map while it is moved and zoomed, beside a plain page of sigma, in headless Chromium.

Loads the demo network *Fjord and valley* scaled up (fixed seed) into the database that the environment names, once,
draws its picture, serves it on this machine and moves the map as a hand would; then opens a page that shows the same
dots and lines, at the same size, with sigma as its documentation shows it, and with what it offers for large graphs:

    UNISONO_DATA_DIR=bench-data python bench/map_fps.py
    UNISONO_DATA_DIR=bench-data python bench/map_fps.py --relations 30000

12,500 members are made, of whom 10,000 take part and are drawn. `--relations` adds made-up lines (seed 7, four of
five inside a community) until there are so many. For each page and each kind of moving it reports

- frames a second, the median and the slowest tenth, and in how many of them all dots and lines were drawn anew;
- script: milliseconds a frame on the page's main thread;
- raster: milliseconds of processor a frame in the process that draws, which stands for the graphics card here;
- a frame drawn to its end: from the camera's change until the last dot is on the canvas, one after the other.

A machine without a graphics card draws by its processor (SwiftShader), which is the slowest there is.
"""

# ruff: noqa: E402 - Django is set up before anything of the product is imported.
import argparse
import math
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
os.environ.setdefault("UNISONO_LOG_LEVEL", "WARNING")
# Playwright's synchronous interface runs an event loop in this thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import django

django.setup()

from django.core.management import call_command
from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from unisono import demo
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.queries import picture_state
from unisono.areas.network.models import Network
from unisono.platform import jobs
from unisono.platform.accounts import create_workspace, make_sign_in_link
from unisono.platform.actor import actor_of
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

_SLUG, _PORT, _SEED = "map-bench", 8947, 7
_MODULES = Path(__file__).parent.parent / "frontend" / "node_modules"
# Glides from place to place, as dragging and turning the wheel do, and notes when frames come. With the kind "drag"
# it only looks on while the mouse is moved from outside.
_MOVE = """
([seconds, kind]) => new Promise((done) => {
  const sigma = window.measured;
  const camera = sigma.getCamera();
  const times = [];
  let drawn = 0;
  const count = () => { drawn += 1; };
  sigma.on("afterRender", count);
  const start = performance.now();
  const isOver = () => performance.now() - start > seconds * 1000;
  let turn = 0;
  const glide = async () => {
    while (!isOver()) {
      turn += 1.3;
      const there = { x: 0.5 + 0.2 * Math.sin(turn), y: 0.5 + 0.2 * Math.cos(turn), ratio: 0.6 };
      if (kind === "zoom") Object.assign(there, { x: 0.5, y: 0.5, ratio: 0.1 + 0.9 * Math.abs(Math.sin(turn)) });
      await camera.animate(there, { duration: 700, easing: "linear" });
    }
  };
  const step = (now) => {
    times.push(now);
    if (isOver()) {
      sigma.off("afterRender", count);
      return done({ times, drawn });
    }
    requestAnimationFrame(step);
  };
  if (kind !== "drag") glide();
  requestAnimationFrame(step);
})
"""
# Draws frame after frame and waits for each: reading one pixel back returns when all before it is drawn.
_TO_THE_END = """
(frames) => {
  const sigma = window.measured;
  const camera = sigma.getCamera();
  const canvases = [...sigma.getContainer().querySelectorAll("canvas")];
  const contexts = canvases.map((canvas) => canvas.getContext("webgl2")).filter(Boolean);
  const pixel = new Uint8Array(4);
  const times = [];
  for (let at = 0; at < frames; at += 1) {
    const start = performance.now();
    const there = { x: 0.5 + 0.2 * Math.sin(at / 9), y: 0.5 + 0.2 * Math.cos(at / 9), ratio: 0.6 };
    // An animation that lasts: what is left out while moving is left out here as well.
    camera.animate({ ...there, x: there.x + 0.001 }, { duration: 10_000 });
    Object.assign(camera, there);
    camera.emit("updated", camera.getState());
    sigma.render ? sigma.render() : sigma.refresh({ skipIndexation: true });
    for (const gl of contexts) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    times.push(performance.now() - start);
  }
  camera.setState({ x: 0.5, y: 0.5, ratio: 1 });
  return times;
}
"""
# What the map draws, for the plain page: places, sizes and colours after filters and choices.
_SEEN = """
() => {
  const { graph, sigma } = document.querySelector("[data-map]").drawing;
  const looks = (attributes, look) => ({ ...attributes, size: look.size, color: look.color, label: look.label ?? "" });
  return {
    nodes: graph.mapNodes((key, { x, y }) => ({ key, attributes: looks({ x, y }, sigma.getNodeDisplayData(key)) })),
    edges: graph.mapEdges((_, __, source, target) => ({ source, target })).map((edge, at) => ({
      ...edge, attributes: { size: 1.2, color: "#c9ceca" },
    })),
    ...(({ width, height }) => ({ width, height }))(sigma.getContainer().getBoundingClientRect()),
  };
}
"""
_PLAIN = """
([seen, settings]) => {
  document.body.style.margin = 0;
  const host = document.createElement("div");
  host.style.width = `${seen.width}px`;
  host.style.height = `${seen.height}px`;
  document.body.replaceChildren(host);
  const graph = new graphology.MultiGraph();
  graph.import({ nodes: seen.nodes, edges: seen.edges });
  window.measured = new Sigma(graph, host, settings);
}
"""
_PLAIN_SETTINGS = {
    "sigma, plain": {},
    "sigma, lines and names hidden while moving": {"hideEdgesOnMove": True, "hideLabelsOnMove": True},
}


def network_of(members: int) -> User:
    """The scaled demo network in a workspace of its own, with its picture; made when it is not there yet."""
    slug = f"{_SLUG}-{members}"
    # An owner for each size, so that signing in opens the workspace that is meant.
    owner = f"{slug}@example.org"
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        workspace, _owner = create_workspace(name=f"Map bench {members}", owner_email=owner)
        demo.load("fjord-and-valley", workspace=workspace, members=members)
    user = User.objects.get(email=owner)
    actor = actor_of(user, workspace)
    assert actor is not None
    with workspace_scope(workspace.pk):
        network = Network.objects.get()
        if not picture_state(actor, network).is_there:
            started = time.perf_counter()
            job = jobs.run(renew_picture(actor=actor, network=network), actor)
            print(f"picture {job.state} in {time.perf_counter() - started:.1f} s: {job.result}", flush=True)
    return user


def wait_for_server() -> None:
    """Return when it answers; a busy machine takes a while."""
    for _second in range(120):
        with suppress(OSError), socket.create_connection(("127.0.0.1", _PORT), timeout=1):
            return
        time.sleep(1)
    raise SystemExit("The server does not answer.")


def work_of_drawing() -> float:
    """Seconds of processor that the browser's drawing process, a descendant of this process, has used so far."""
    found: dict[int, tuple[int, float, bool]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            work = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            draws = b"--type=gpu-process" in (folder / "cmdline").read_bytes()
            found[int(folder.name)] = (int(fields[1]), work, draws)
    mine, grew = {os.getpid()}, True
    while grew:
        more = {pid for pid, (parent, _work, _draws) in found.items() if parent in mine} - mine
        grew = bool(more)
        mine |= more
    return sum(found[pid][1] for pid in mine if found[pid][2])


def script_of(session: CDPSession) -> float:
    """Seconds in which the page's main thread ran its script so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "ScriptDuration"))


def drag(page: Page, seconds: float) -> None:
    """Hold the mouse down in the middle of the map and draw circles."""
    box = page.evaluate(
        "() => (({ x, y, width, height }) => ({ x, y, width, height }))"
        "(window.measured.getContainer().getBoundingClientRect())"
    )
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        page.mouse.move(x + 150 * math.sin(4 * passed), y + 150 * (math.cos(4 * passed) - 1))
        time.sleep(0.004)
    page.mouse.up()


def measure(page: Page, seconds: float) -> None:
    """Print what moving the map of this page costs: `window.measured` is its sigma."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(1500)
    for kind in ("pan", "zoom", "drag"):
        script, work = script_of(session), work_of_drawing()
        if kind == "drag":
            page.evaluate(f"window.moving = ({_MOVE})([{seconds}, 'drag']); null")
            drag(page, seconds + 0.5)
            seen = page.evaluate("window.moving")
        else:
            seen = page.evaluate(_MOVE, [seconds, kind])
        script, work = script_of(session) - script, work_of_drawing() - work
        times = seen["times"]
        gaps = sorted(later - sooner for sooner, later in pairwise(times))
        redrawn = seen["drawn"] / (times[-1] - times[0]) * 1000
        print(
            f"  {kind}: median {1000 / statistics.median(gaps):.1f} frames a second,"
            f" slowest tenth {1000 / gaps[int(len(gaps) * 0.9)]:.1f}, of which drawn anew {redrawn:.1f};"
            f" script {script * 1000 / len(times):.1f} ms, raster {work * 1000 / len(times):.1f} ms a frame;"
            f" load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    ends = page.evaluate(_TO_THE_END, 60)
    print(
        f"  a frame drawn to its end: median {statistics.median(ends):.1f} ms, slowest {max(ends):.1f} ms", flush=True
    )


def more_relations(wanted: int) -> Callable[[Route], None]:
    """Lets the page have made-up relations, most of them inside communities, beside those of the network."""

    def answer(route: Route) -> None:
        response = route.fetch()
        data = response.json()
        ties, community = data["ties"], data["members"]["community"]
        rng = random.Random(_SEED)
        inside: dict[int, list[int]] = {}
        for at, number in enumerate(community):
            if number is not None:
                inside.setdefault(number, []).append(at)
        groups = list(inside.values())
        members, pairs = len(community), set(zip(ties["first"], ties["second"], strict=True))
        while len(pairs) < wanted:
            one, other = rng.randrange(members), rng.randrange(members)
            if groups and rng.random() < 0.8:
                group = rng.choices(groups, weights=[len(group) for group in groups])[0]
                one, other = rng.choice(group), rng.choice(group)
            pair = (min(one, other), max(one, other))
            if one == other or pair in pairs:
                continue
            pairs.add(pair)
            ties["first"].append(pair[0])
            ties["second"].append(pair[1])
            ties["is_mixed"].append(0)
        route.fulfill(response=response, json=data)

    return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=12_500)
    parser.add_argument("--relations", type=int, default=0, help="Fill up with made-up relations to so many.")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--alone", action="store_true", help="The map alone, without the plain pages.")
    parser.add_argument("--screenshot", default="", help="Where to put a picture of the map.")
    chosen = parser.parse_args()
    call_command("migrate", verbosity=0)
    user = network_of(chosen.members)
    server = subprocess.Popen([sys.executable, "-m", "unisono.cli", "serve", "--port", str(_PORT)])
    try:
        wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
            )
            print(f"Chromium {browser.version}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
            page = browser.new_context(
                base_url=f"http://127.0.0.1:{_PORT}", viewport={"width": 1440, "height": 900}
            ).new_page()
            page.set_default_timeout(120_000)
            page.goto(f"/sign-in/{make_sign_in_link(user)}/")
            page.get_by_role("button", name="Sign in as").click()
            page.wait_for_load_state()
            if chosen.relations:
                page.route("**/map/data", more_relations(chosen.relations))
            started = time.perf_counter()
            page.goto("/n/fjord-and-valley/map/")
            page.wait_for_selector("[data-map][data-ready]")
            took = time.perf_counter() - started
            print(f"{page.locator('[data-map-status]').inner_text()}; page and map are there after {took:.1f} s")
            renderer = page.evaluate(
                "() => { const gl = document.createElement('canvas').getContext('webgl2');"
                " const info = gl.getExtension('WEBGL_debug_renderer_info');"
                " return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'unknown'; }"
            )
            print(f"renderer: {renderer}")
            page.evaluate("window.measured = document.querySelector('[data-map]').drawing.sigma; null")
            seen = page.evaluate(_SEEN)
            print(f"the map, {seen['width']:.0f} x {seen['height']:.0f} pixels", flush=True)
            measure(page, chosen.seconds)
            page.evaluate("document.querySelector('[data-map]').drawing.fit()")
            page.wait_for_timeout(1500)
            if chosen.screenshot:
                page.screenshot(path=chosen.screenshot)
            for title, settings in {} if chosen.alone else _PLAIN_SETTINGS.items():
                page.goto("about:blank")
                page.add_script_tag(path=_MODULES / "graphology" / "dist" / "graphology.umd.min.js")
                page.add_script_tag(path=_MODULES / "sigma" / "dist" / "sigma.min.js")
                page.evaluate(_PLAIN, [seen, settings])
                print(title, flush=True)
                measure(page, chosen.seconds)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
