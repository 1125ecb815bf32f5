// Runs before the first paint, so that a dark page never flashes white.
(() => {
  const chosen = localStorage.getItem("theme") || "auto";
  const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  document.documentElement.dataset.theme = chosen;
})();
