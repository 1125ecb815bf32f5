// Drawers and questions: opened by [data-opens="id"], closed by [data-closes], Escape or a click beside them.
export function openDialog(dialog) {
  if (!dialog || dialog.open) return;
  document.querySelectorAll(".menu:popover-open").forEach((menu) => menu.hidePopover());
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    openDialog(document.getElementById(opener.dataset.opens));
    return;
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  // A click on the backdrop reaches the dialog element itself; one inside reaches what fills it.
  if (event.target.matches("dialog[open]")) event.target.close();
});

// A drawer shows a placeholder until its content has come, never what it showed last time.
document.addEventListener("htmx:beforeRequest", (event) => {
  const target = event.detail.target;
  if (!target?.matches?.("[data-drawer-body]")) return;
  const dialog = target.closest("dialog");
  if (dialog.open) return;
  const waiting = document.getElementById("drawer-waiting");
  if (waiting) target.replaceChildren(waiting.content.cloneNode(true));
  openDialog(dialog);
});

// Content comes and settles in one step (htmx-config), so a key pressed on what one sees finds the focus there.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.matches?.("[data-drawer-body]")) return;
  event.target.querySelector("[autofocus], .is-invalid, input:not([type=hidden]), select, textarea")?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
  const form = event.target.closest?.("form");
  // Its main button is pressed, so that a form of several buttons knows which one it was.
  const main = form?.querySelector("button.btn-primary:not([type=button])");
  main ? main.click() : form?.requestSubmit();
});

// The server asks for it with the header "HX-Trigger: close-drawer".
document.addEventListener("close-drawer", () => {
  document.querySelectorAll("dialog.drawer[open]").forEach((dialog) => dialog.close());
});
