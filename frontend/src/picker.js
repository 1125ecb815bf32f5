// A field that finds records by name: arrow keys choose, Enter or a click takes, Backspace or the x gives back.
import htmx from "htmx.org";

const part = (picker, name) => picker.querySelector(`[data-picker-${name}]`);
const field = (picker) => picker.querySelector("[role=combobox]");
const options = (picker) => [...part(picker, "options").querySelectorAll("[role=option]")];

let pause;
let asked = 0;

function close(picker) {
  part(picker, "options").hidden = true;
  field(picker).setAttribute("aria-expanded", "false");
  field(picker).removeAttribute("aria-activedescendant");
}

function mark(picker, index) {
  options(picker).forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  const chosen = options(picker)[index];
  if (!chosen) return;
  field(picker).setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}

async function ask(picker) {
  const address = new URL(picker.dataset.url, location.href);
  const query = field(picker).value.trim();
  address.searchParams.set("q", query);
  address.searchParams.set("stem", `${field(picker).id}_option`);
  const mine = ++asked;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (mine !== asked || !answer?.ok) return;
  const list = part(picker, "options");
  const text = await answer.text();
  if (mine !== asked) return;
  htmx.swap(list, text, { swapStyle: "innerHTML" });
  picker.answered = query;
  list.hidden = document.activeElement !== field(picker);
  field(picker).setAttribute("aria-expanded", String(!list.hidden));
  mark(picker, field(picker).value.trim() ? 0 : -1);
}

function take(picker, option) {
  const single = !("many" in picker.dataset);
  const chosen = part(picker, "chosen");
  if (single) chosen.replaceChildren();
  const chip = part(picker, "chip").content.firstElementChild.cloneNode(true);
  chip.querySelector("input").value = option.dataset.value;
  chip.querySelector("span").textContent = option.dataset.label;
  const remove = chip.querySelector("button");
  remove.setAttribute("aria-label", `${remove.getAttribute("aria-label")} ${option.dataset.label}`);
  chosen.append(chip);
  field(picker).value = "";
  close(picker);
  if (single) {
    field(picker).hidden = true;
    remove.focus();
  }
}

function giveBack(picker, chip) {
  chip?.remove();
  field(picker).hidden = false;
  field(picker).focus();
}

document.addEventListener("input", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (!picker) return;
  clearTimeout(pause);
  pause = setTimeout(() => ask(picker), 150);
});

document.addEventListener("focusin", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (picker && event.target === field(picker) && !event.target.value) ask(picker);
});

document.addEventListener("focusout", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (picker && !picker.contains(event.relatedTarget)) close(picker);
});

// Pressing an option must not take the focus from the field, or the list would close first.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("[data-picker-options]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (!picker) return;
  const option = event.target.closest("[role=option]");
  if (option) take(picker, option);
  else if (event.target.closest("[data-unpick]")) giveBack(picker, event.target.closest("[data-picked]"));
});

document.addEventListener("keydown", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (!picker || event.target !== field(picker)) return;
  const all = options(picker);
  const isOpen = !part(picker, "options").hidden;
  const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" && isOpen) mark(picker, (here + 1) % all.length);
  else if (event.key === "ArrowDown") ask(picker);
  else if (event.key === "ArrowUp" && isOpen) mark(picker, (here - 1 + all.length) % all.length);
  // What is listed belongs to what was typed before: Enter neither takes it nor sends the form.
  else if (event.key === "Enter" && event.target.value.trim() && picker.answered !== event.target.value.trim() && !event.metaKey && !event.ctrlKey) mark(picker, -1);
  else if (event.key === "Enter" && isOpen && all[here] && !event.metaKey && !event.ctrlKey) take(picker, all[here]);
  else if (event.key === "Escape" && isOpen) close(picker);
  else if (event.key === "Backspace" && !event.target.value) giveBack(picker, picker.querySelector("[data-picked]:last-of-type"));
  else return;
  event.preventDefault();
});
