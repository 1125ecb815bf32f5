// Moving in a list: j and k, or the arrow keys once a row has the focus; Enter opens, x marks, e edits, f finds.
export const links = () => [...document.querySelectorAll(".data-table .row-link")];

function move(step) {
  const all = links();
  if (!all.length) return false;
  const row = document.activeElement?.closest?.(".data-table tr");
  const here = row ? all.findIndex((link) => row.contains(link)) : -1;
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step));
  all[next].focus();
  all[next].closest("tr").scrollIntoView({ block: "nearest" });
  return true;
}

function here() {
  return document.activeElement?.closest?.(".data-table tr");
}

const single = {
  j: () => move(1),
  k: () => move(-1),
  x: () => {
    const pick = here()?.querySelector("[data-pick]");
    pick?.click();
    return Boolean(pick);
  },
  e: () => {
    const link = here()?.querySelector(".row-link");
    // A row's form lies below its page; only who may change records has something to mark.
    if (!link || !here().querySelector("[data-pick]")) return false;
    location.assign(new URL("edit", link.href));
    return true;
  },
  f: () => {
    const field = document.querySelector("[data-filters] input[type=search]");
    field?.focus();
    return Boolean(field);
  },
};

// Whether a single key meant something in the list; the caller has made sure that nobody is typing.
export function moveByKey(key) {
  return Boolean(single[key]?.());
}

document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.metaKey || event.ctrlKey || event.altKey) return;
  if (!event.target.matches?.(".row-link, [data-pick]")) return;
  if (move(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
});
