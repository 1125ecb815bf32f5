"""Frames per second of the map while it is moved and zoomed, in headless Chromium with WebGL.

Loads the demo network *Fjord and valley* scaled up (fixed seed) into the database that the environment names, once,
draws its picture, serves it on this machine and moves the map as a hand would:

    UNISONO_DATA_DIR=bench-data python bench/map_fps.py --members 10000

Reports the time until the map is drawn, the median and the slowest tenth of frames, the processor time of a frame
(which other work on the machine does not change), and the size of what was sent.
A machine without a graphics card draws by its processor (SwiftShader), which is the slowest there is.
"""

# ruff: noqa: E402 - Django is set up before anything of the product is imported.
import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
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
from playwright.sync_api import Page, sync_playwright

from unisono import demo
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.queries import picture_state
from unisono.areas.network.models import Network
from unisono.platform import jobs
from unisono.platform.accounts import create_workspace, make_sign_in_link
from unisono.platform.actor import actor_of
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

_SLUG, _PORT = "map-bench", 8947
# Glides from place to place, as dragging and turning the wheel do, and notes when frames come.
_MOVE = """
([seconds, kind]) => new Promise((done) => {
  const camera = document.querySelector("[data-map]").drawing.sigma.getCamera();
  const times = [];
  const start = performance.now();
  const isOver = () => performance.now() - start > seconds * 1000;
  let turn = 0;
  const glide = () => {
    turn += 1.3;
    const there = { x: 0.5 + 0.2 * Math.sin(turn), y: 0.5 + 0.2 * Math.cos(turn), ratio: 0.6 };
    if (kind === "zoom") Object.assign(there, { x: 0.5, y: 0.5, ratio: 0.1 + 0.9 * Math.abs(Math.sin(turn)) });
    camera.animate(there, { duration: 700, easing: "linear" }, () => isOver() || glide());
  };
  const step = (now) => {
    times.push(now);
    if (isOver()) return done(times);
    requestAnimationFrame(step);
  };
  glide();
  requestAnimationFrame(step);
})
"""


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


def work_of_browser(server: int) -> float:
    """Seconds of processor time that the browser, a child of this process, has used so far."""
    found: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            found[int(entry.parent.name)] = (
                int(fields[1]),
                (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
            )
    mine, grew = {os.getpid()}, True
    while grew:
        more = {pid for pid, (parent, _work) in found.items() if parent in mine and pid != server} - mine
        grew = bool(more)
        mine |= more
    return sum(found[pid][1] for pid in mine - {os.getpid()})


def frames(page: Page, kind: str, seconds: float, server: int) -> tuple[float, float, float]:
    """Median frames per second, those of the slowest tenth, and milliseconds of processor time for each frame."""
    before = work_of_browser(server)
    times = page.evaluate(_MOVE, [seconds, kind])
    work = work_of_browser(server) - before
    gaps = sorted(later - sooner for sooner, later in pairwise(times))
    return 1000 / statistics.median(gaps), 1000 / gaps[int(len(gaps) * 0.9)], work * 1000 / len(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
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
            page = browser.new_context(
                base_url=f"http://127.0.0.1:{_PORT}", viewport={"width": 1440, "height": 900}
            ).new_page()
            page.set_default_timeout(120_000)
            page.goto(f"/sign-in/{make_sign_in_link(user)}/")
            page.get_by_role("button", name="Sign in as").click()
            page.wait_for_load_state()
            sent: list[int] = []
            page.on(
                "response", lambda answer: sent.append(len(answer.body())) if answer.url.endswith("/map/data") else None
            )
            started = time.perf_counter()
            page.goto("/n/fjord-and-valley/map/")
            page.wait_for_selector("[data-map][data-ready]")
            renderer = page.evaluate(
                "() => { const gl = document.createElement('canvas').getContext('webgl2');"
                " const info = gl.getExtension('WEBGL_debug_renderer_info');"
                " return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'unknown'; }"
            )
            print(
                f"{page.locator('[data-map-status]').inner_text()}; drawn in {time.perf_counter() - started:.1f} s",
                flush=True,
            )
            print(f"renderer: {renderer}; data: {sum(sent) / 1024:.0f} KiB; load: {os.getloadavg()[0]:.1f}")
            for kind in ("pan", "zoom"):
                median, slow, work = frames(page, kind, chosen.seconds, server.pid)
                print(f"{kind}: median {median:.1f} frames a second, slowest tenth {slow:.1f}; "
                      f"{work:.0f} ms of processor time a frame", flush=True)  # fmt: skip
            page.evaluate("document.querySelector('[data-map]').drawing.fit()")
            page.wait_for_timeout(1500)
            if chosen.screenshot:
                page.screenshot(path=chosen.screenshot)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
