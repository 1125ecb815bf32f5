// The sidebar on a phone and the choice of theme.
const root = document.documentElement;

function setSidebar(open) {
  root.classList.toggle("sidebar-open", open);
  document.querySelector("[data-sidebar-toggle]")?.setAttribute("aria-expanded", String(open));
  const main = document.getElementById("workspace");
  if (main) main.inert = open;
  if (open) document.querySelector("#sidebar a, #sidebar button")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-sidebar-toggle]")) setSidebar(true);
  else if (event.target.closest("[data-sidebar-close]")) setSidebar(false);

  const choice = event.target.closest("[data-set-theme]");
  if (choice) setTheme(choice.dataset.setTheme);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !root.classList.contains("sidebar-open")) return;
  setSidebar(false);
  document.querySelector("[data-sidebar-toggle]")?.focus();
});

matchMedia("(min-width: 992px)").addEventListener("change", () => setSidebar(false));

// A line of tabs may be longer than a phone is wide: the present one is in sight.
for (const tab of document.querySelectorAll(".tab-line [aria-current]")) {
  const line = tab.parentElement;
  line.scrollLeft = tab.offsetLeft - line.offsetLeft - (line.clientWidth - tab.offsetWidth) / 2;
}

const system = matchMedia("(prefers-color-scheme: dark)");

function setTheme(theme) {
  localStorage.setItem("theme", theme);
  applyTheme(theme);
}

function applyTheme(theme) {
  root.dataset.theme = theme;
  root.dataset.bsTheme = theme === "dark" || (theme === "auto" && system.matches) ? "dark" : "light";
  document.querySelectorAll("[data-set-theme]").forEach((choice) => {
    choice.setAttribute("aria-pressed", String(choice.dataset.setTheme === theme));
  });
}

system.addEventListener("change", () => applyTheme(root.dataset.theme));
document.addEventListener("DOMContentLoaded", () => applyTheme(root.dataset.theme));
