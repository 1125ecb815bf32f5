// A drop zone is a file field stretched over its frame: dropping, clicking and the keyboard all reach the field itself.
const zoneOf = (target) => target.closest?.("[data-drop-zone]");

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; at++) bytes /= 1024;
  return `${bytes.toLocaleString(document.documentElement.lang, { maximumFractionDigits: at ? 1 : 0 })} ${units[at]}`;
}

for (const [event, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(event, ({ target }) => zoneOf(target)?.classList.toggle("is-over", over));
}

document.addEventListener("change", ({ target }) => {
  const zone = zoneOf(target);
  if (!zone) return;
  const file = target.files?.[0];
  zone.classList.toggle("is-chosen", Boolean(file));
  zone.querySelector("[data-drop-name]").textContent = file ? `${file.name} · ${size(file.size)}` : "";
  if (file) zone.closest("form")?.querySelector(".btn-primary")?.focus();
});
