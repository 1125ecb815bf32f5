// Rows of a list are marked with a checkbox (or the key "x"); the bar below says how many and what can be done.
const picks = () => [...document.querySelectorAll("[data-pick]")];
const bar = () => document.querySelector("[data-bulk]");

export function showMarked() {
  const form = bar();
  if (!form) return;
  const everything = form.querySelector("[data-bulk-all-field]");
  const marked = picks().filter((pick) => pick.checked);
  if (everything.value && marked.length < picks().length) everything.value = "";
  const count = everything.value ? Number(form.dataset.total) : marked.length;
  form.hidden = count === 0;
  form.querySelector("[data-bulk-count]").textContent = count.toLocaleString(document.documentElement.lang);
  picks().forEach((pick) => pick.closest("tr")?.classList.toggle("is-marked", pick.checked));
}

function mark(on, all = "") {
  picks().forEach((pick) => (pick.checked = on));
  const field = bar()?.querySelector("[data-bulk-all-field]");
  if (field) field.value = all;
  showMarked();
}

let last = null;

document.addEventListener("click", (event) => {
  const pick = event.target.closest?.("[data-pick]");
  if (pick) {
    const all = picks();
    // With Shift, everything between the last one and this one.
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(pick)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((each) => (each.checked = pick.checked));
    }
    last = pick;
    showMarked();
  } else if (event.target.closest?.("[data-bulk-page]")) mark(true);
  else if (event.target.closest?.("[data-bulk-all]")) mark(true, "1");
  else if (event.target.closest?.("[data-bulk-none]")) mark(false);
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-pick]")) showMarked();
});
document.addEventListener("htmx:afterSettle", showMarked);
document.addEventListener("DOMContentLoaded", showMarked);
