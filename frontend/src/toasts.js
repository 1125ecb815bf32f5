// Short messages at the edge of the page. Those with an undo stay until they are closed.
const LINGER = 6000;

function region() {
  return document.getElementById("toasts");
}

function arm(toast) {
  toast.dataset.armed = "yes";
  if (toast.hasAttribute("data-stays")) return;
  let timer = setTimeout(() => toast.remove(), LINGER);
  for (const pause of ["mouseenter", "focusin"]) toast.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["mouseleave", "focusout"]) {
    toast.addEventListener(resume, () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), LINGER);
    });
  }
}

export function showToast(toast) {
  region()?.append(toast);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss-toast]")?.closest(".toast-line")?.remove();
});

function watch() {
  const place = region();
  if (!place) return;
  const armNew = () => place.querySelectorAll(".toast-line:not([data-armed])").forEach(arm);
  armNew();
  new MutationObserver(armNew).observe(place, { childList: true });
}

document.addEventListener("DOMContentLoaded", watch);
