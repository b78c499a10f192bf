// The chat on other people's sites: a button, and behind it a panel with a
// talk, in a shadow tree of its own. Nothing of it reaches the page around it:
// no style, no global name, no key that is typed; and no rule of that page
// about inline styles stands in its way.
import { Talk, el, icon } from "./talk.js";

const name = "naru-chat";
const bubble = "M21 11.5a8.4 8.4 0 0 1-8.9 8.4 9.6 9.6 0 0 1-3.5-.7L3.5 20.5l1.5-4.2a8 8 0 0 1-1.9-5.1 8.4 8.4 0 0 1 9-8.2 8.5 8.5 0 0 1 8.9 8.5z";
const cross = "M6 6l12 12M18 6 6 18";

/** launch puts the chat at the end of the page, once. */
export function launch(base, settings) {
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    connectedCallback() {
      if (!this.shadowRoot) furnish(this.attachShadow({ mode: "open" }), base, settings);
    }
  });
  const place = () => document.querySelector(name) ?? document.body.append(document.createElement(name));
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place, { once: true });
}

function furnish(root, base, settings) {
  const { texts, language, direction } = settings;
  const style = new CSSStyleSheet();
  style.replaceSync(settings.style);
  root.adoptedStyleSheets = [style];

  const launcher = el("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel" }, icon(bubble), el("span", {}, texts.open));
  const close = el("button", { type: "button", class: "close", "aria-label": texts.close, title: texts.close }, icon(cross));
  const panel = el("section", { id: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
    el("header", {}, el("h2", { id: "title" }, texts.desk), close), furniture(settings), el("p", { class: "foot" }, texts.note));
  root.append(el("div", { class: "frame", lang: language, dir: direction }, launcher, panel));

  let talk;
  const show = (focus) => {
    panel.hidden = false;
    launcher.setAttribute("aria-expanded", "true");
    talk ??= new Talk(root.querySelector(".talk"), settings, { base, target: "_blank" });
    if (focus) talk.input.focus({ preventScroll: true });
    remember(true);
  };
  const hide = () => {
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus({ preventScroll: true });
    remember(false);
  };
  launcher.addEventListener("click", () => (panel.hidden ? show(true) : hide()));
  close.addEventListener("click", hide);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) hide();
  });
  // What is typed here is no shortcut of the page around.
  for (const type of ["keydown", "keypress", "keyup"]) panel.addEventListener(type, (event) => event.stopPropagation());
  // A talk that was under way goes on from page to page, where it hides none.
  if (remembered() && matchMedia("(min-width: 48em)").matches) show(false);
}

// furniture is the markup that the talk works on.
function furniture({ texts, prompts }) {
  const message = el("input", { type: "text", id: "talk-message", name: "message", maxlength: "1000", placeholder: texts.message, dir: "auto", autocomplete: "off", enterkeyhint: "send", required: true });
  return el("div", { class: "talk" },
    el("form", { class: "talk-choice", id: "talk-choice" }),
    el("div", { class: "talk-scroll" },
      el("div", { class: "talk-log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": texts.talk, tabindex: "0" },
        el("article", { class: "turn desk" }, el("div", { class: "talk-text" }, el("p", {}, texts.welcome)))),
      el("p", { class: "talk-state", role: "status" }),
      el("div", { class: "talk-chips", role: "group", "aria-label": texts.suggestions }, prompts.map((value) => el("button", { value }))),
      el("button", { type: "button", class: "plain", "data-forget": true, hidden: true }, texts.clear)),
    el("form", { class: "talk-form", id: "talk-form" },
      el("label", { for: "talk-message", class: "unseen" }, texts.message),
      el("div", { class: "ask-line" }, message,
        el("button", { class: "button" }, icon("M12 19V5M5.5 11.5 12 5l6.5 6.5"), el("span", {}, texts.ask)))));
}

const openly = "naru.open";
function remember(open) {
  try { sessionStorage.setItem(openly, open ? "yes" : ""); } catch { /* then it opens closed */ }
}
function remembered() {
  try { return sessionStorage.getItem(openly) === "yes"; } catch { return false; }
}
