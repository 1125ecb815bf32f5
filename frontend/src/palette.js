// The palette: one field that finds pages, members and actions; arrow keys choose, Enter goes there.
import htmx from "htmx.org";
import { openDialog } from "./dialogs.js";

const dialog = () => document.getElementById("palette");
const field = () => dialog().querySelector("input");
const results = () => dialog().querySelector("[data-palette-results]");
const options = () => [...results().querySelectorAll("[role=option]")];

let pause;
let asked = 0;
// What is listed answers to `answered`; Enter pressed before the answer to what was typed waits for it.
let answered = null;
let going = false;

async function ask() {
  const query = field().value.trim();
  const address = new URL(dialog().dataset.url, location.href);
  address.searchParams.set("q", query);
  const mine = ++asked;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (mine !== asked || !answer?.ok) return; // a newer question is under way
  const text = await answer.text();
  if (mine !== asked) return;
  htmx.swap(results(), text, { swapStyle: "innerHTML" });
  answered = query;
  select(0);
  if (going && dialog().open) options()[0]?.click();
  going = false;
}

function select(index) {
  const all = options();
  all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  const chosen = all[index];
  if (chosen) {
    field().setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else field().removeAttribute("aria-activedescendant");
}

export function openPalette() {
  if (!dialog()?.dataset.url) return;
  openDialog(dialog());
  field().value = "";
  answered = null;
  going = false;
  ask();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens-palette]")) openPalette();
});

document.addEventListener("input", (event) => {
  if (event.target !== dialog()?.querySelector("input")) return;
  clearTimeout(pause);
  going = false;
  pause = setTimeout(ask, 120);
});

document.addEventListener("keydown", (event) => {
  if (!dialog()?.open || !dialog().contains(event.target)) return;
  const all = options();
  const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") select((here + 1) % all.length);
  else if (event.key === "ArrowUp") select((here - 1 + all.length) % all.length);
  else if (event.key === "Enter" && field().value.trim() !== answered) going = true;
  else if (event.key === "Enter") all[here]?.click();
  else return;
  event.preventDefault();
});
