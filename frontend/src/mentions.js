// "@" and the first letters of a name offer people who could read the comment: arrow keys choose, Enter takes.
import htmx from "htmx.org";

let pause;
let asked = 0;

const fieldOf = (target) => target.closest?.("[data-mentions]");
const options = (list) => [...list.querySelectorAll("[role=option]")];

function started(area) {
  const before = area.value.slice(0, area.selectionStart);
  return before.match(/(?:^|\s)@([^\s@]*(?: [^\s@]*)?)$/u)?.[1] ?? null;
}

function close(field) {
  const list = field.querySelector("[role=listbox]");
  list.hidden = true;
  field.querySelector("textarea").removeAttribute("aria-activedescendant");
}

function mark(field, index) {
  const all = options(field.querySelector("[role=listbox]"));
  all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  if (all[index]) field.querySelector("textarea").setAttribute("aria-activedescendant", all[index].id);
}

async function ask(field, query) {
  const area = field.querySelector("textarea");
  const list = field.querySelector("[role=listbox]");
  const address = new URL(field.dataset.mentions, location.href);
  address.searchParams.set("q", query);
  address.searchParams.set("stem", area.id);
  address.searchParams.set("visibility", area.form.elements.visibility?.value ?? "network");
  const mine = ++asked;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (mine !== asked || !answer?.ok || started(area) === null) return;
  htmx.swap(list, await answer.text(), { swapStyle: "innerHTML" });
  list.hidden = !options(list).length && query.includes(" ");
  mark(field, 0);
}

function take(field, option) {
  const area = field.querySelector("textarea");
  const query = started(area);
  if (query === null) return;
  const at = area.selectionStart;
  area.setRangeText(`${option.dataset.handle} `, at - query.length, at, "end");
  close(field);
  area.focus();
}

document.addEventListener("input", (event) => {
  const field = fieldOf(event.target);
  if (!field) return;
  clearTimeout(pause);
  const query = started(event.target);
  if (query === null) close(field);
  else pause = setTimeout(() => ask(field, query), 120);
});

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.("[data-mentions] [role=option]");
  if (!option) return;
  event.preventDefault();
  take(fieldOf(option), option);
});

document.addEventListener("focusout", (event) => {
  const field = fieldOf(event.target);
  if (field && !field.contains(event.relatedTarget)) close(field);
});

document.addEventListener("keydown", (event) => {
  const field = fieldOf(event.target);
  const list = field?.querySelector("[role=listbox]");
  if (!list || list.hidden || event.metaKey || event.ctrlKey) return;
  const all = options(list);
  const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") mark(field, (here + 1) % all.length);
  else if (event.key === "ArrowUp") mark(field, (here - 1 + all.length) % all.length);
  else if ((event.key === "Enter" || event.key === "Tab") && all[here]) take(field, all[here]);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
