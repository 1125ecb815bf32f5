// Tells the server that a request is ours, and people when one has failed.
import { showToast } from "./toasts.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "get") return;
  const token = document.querySelector("meta[name=csrf-token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

function tell(templateId) {
  const template = document.getElementById(templateId);
  if (template) showToast(template.content.firstElementChild.cloneNode(true));
}

document.addEventListener("htmx:sendError", () => tell("toast-offline"));
document.addEventListener("htmx:responseError", () => tell("toast-failed"));

// The live search answers to typing. Its "change" on leaving the field would only ask the same again, and could
// overtake what was pressed to leave it.
document.addEventListener(
  "change",
  (event) => {
    if (event.target.matches("[data-filters] input[type=search]")) event.stopPropagation();
  },
  true,
);

// A filter that was emptied leaves no "?city=&kind=" behind in the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.closest("[data-filters]")) return;
  const parameters = event.detail.parameters;
  for (const name of new Set(parameters.keys?.() ?? Object.keys(parameters))) {
    const values = parameters.getAll ? parameters.getAll(name) : [parameters[name]];
    if (values.every((value) => value === "")) parameters.delete ? parameters.delete(name) : delete parameters[name];
  }
});
