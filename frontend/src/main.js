// Everything that moves on a page; each module serves one component.
import htmx from "htmx.org";
import "./requests.js";
import "./menus.js";
import "./dialogs.js";
import "./shell.js";
import "./palette.js";
import "./picker.js";
import "./rows.js";
import "./keys.js";
import "./toasts.js";
import "./drop.js";
import "./select.js";
import "./mentions.js";
import "./passkeys.js";

window.htmx = htmx;
