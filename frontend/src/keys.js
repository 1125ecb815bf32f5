// Keys: "/" and Ctrl/Cmd-K find, "?" lists the keys, [data-key] elements answer to theirs ("g m", "c").
import { openDialog } from "./dialogs.js";
import { openPalette } from "./palette.js";
import { links, moveByKey } from "./rows.js";

const PATIENCE = 1200;
let first = "";
let forget;

const isOn = () => localStorage.getItem("keys") !== "off";

function isTyping(target) {
  return target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]");
}

function keyed() {
  const scope = document.querySelector("dialog[open]") ?? document;
  // What is in a closed menu answers too; what is hidden, such as the bar of marked rows, does not.
  return [...scope.querySelectorAll("[data-key]")].filter((element) => !element.closest("[hidden]"));
}

function listKeys(dialog) {
  const list = dialog.querySelector("[data-key-list]");
  const rows = keyed().map((element) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const keys = document.createElement("dd");
    name.textContent = element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim();
    for (const key of element.dataset.key.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      keys.append(cap);
    }
    row.append(name, keys);
    return row;
  });
  list.replaceChildren(...rows);
  dialog.querySelector("[data-list-keys]").hidden = !links().length;
}

function showHelp() {
  const dialog = document.getElementById("keys-help");
  if (!dialog || dialog.open) return;
  listKeys(dialog);
  openDialog(dialog);
}

// Switches stand in the overlay and in the settings. What is announced to screen readers follows them.
function showSwitches() {
  document.querySelectorAll("[data-keys-switch]").forEach((each) => (each.checked = isOn()));
  for (const element of document.querySelectorAll("[data-key]")) {
    if (isOn() && element.dataset.key.length === 1) element.setAttribute("aria-keyshortcuts", element.dataset.key);
    else element.removeAttribute("aria-keyshortcuts");
  }
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-switch]")) return;
  localStorage.setItem("keys", event.target.checked ? "on" : "off");
  showSwitches();
});
document.addEventListener("DOMContentLoaded", showSwitches);
document.addEventListener("htmx:afterSettle", showSwitches);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens-keys]")) showHelp();
});

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    openPalette();
    event.preventDefault();
    return;
  }
  // Single keys can be switched off: speech input may type them unasked (WCAG 2.1.4).
  if (!isOn() || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (event.key.length !== 1) return;
  if (!document.querySelector("dialog[open]")) {
    if (event.key === "/") {
      openPalette();
      event.preventDefault();
      return;
    }
    if (event.key === "?") {
      showHelp();
      return;
    }
    if (!first && moveByKey(event.key)) {
      event.preventDefault();
      return;
    }
  }
  const pressed = first ? `${first} ${event.key}` : event.key;
  clearTimeout(forget);
  const match = keyed().find((element) => element.dataset.key === pressed);
  const begins = keyed().some((element) => element.dataset.key.startsWith(`${pressed} `));
  first = begins && !match ? event.key : "";
  forget = setTimeout(() => (first = ""), PATIENCE);
  if (match) {
    event.preventDefault();
    match.click();
  }
});
