// Menus are native popovers: this places them by their button and moves between items with the arrow keys.
const GAP = 6;

function place(menu) {
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const anchor = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const wanted = menu.dataset.align === "end" ? anchor.right - width : anchor.left;
  const left = Math.max(8, Math.min(wanted, innerWidth - width - 8));
  const below = anchor.bottom + GAP;
  const fits = below + height <= innerHeight - 8 || anchor.top < height + GAP;
  menu.style.left = `${left}px`;
  menu.style.top = `${fits ? below : anchor.top - height - GAP}px`;
}

function items(menu) {
  return [...menu.querySelectorAll("a[href], button:not(:disabled), input, select")].filter((item) => item.offsetParent);
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const open = event.newState === "open";
    document
      .querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`)
      .forEach((button) => button.setAttribute("aria-expanded", String(open)));
    if (!open) return;
    place(menu);
    items(menu)[0]?.focus({ preventScroll: true });
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu[popover]");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  if (event.target.matches("select")) return;
  const all = items(menu);
  const here = all.indexOf(document.activeElement);
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
  all[(next + all.length) % all.length]?.focus();
  event.preventDefault();
});

for (const move of ["resize", "scroll"]) {
  addEventListener(move, () => document.querySelectorAll(".menu:popover-open").forEach(place), true);
}
