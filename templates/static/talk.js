// A talk with the desk: the page of questions, the panel on the start page and
// the widget on other sites are this one module in three places.
//
// It works on markup that is there already (a log, chips, a form) and asks the
// API. What was said stays on this device alone, in this tab, and only for as
// long as the desk remembers the conversation; without storage the talk ends
// with the page. Nothing is written as markup: whatever arrives is text.

const kept = "naru.talk";
const most = 40; // entries kept
const patience = 20_000; // milliseconds for an answer

/** el makes an element; children may be elements, texts, or nothing at all. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return made;
}

/** icon draws a line picture that screen readers pass over. */
export function icon(...lines) {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("aria-hidden", "true");
  for (const line of lines) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", line);
    drawn.append(path);
  }
  return drawn;
}

const thumbUp = "M7 11v9H3.5v-9zm0 .5L11.2 3c1.4 0 2.3 1 2.3 2.3V9h5.2c1.3 0 2.2 1.2 1.9 2.4l-1.5 6.8a2.3 2.3 0 0 1-2.3 1.8H7";
const thumbDown = "M17 13V4h3.5v9zm0-.5L12.8 21c-1.4 0-2.3-1-2.3-2.3V15H5.3a2 2 0 0 1-1.9-2.4l1.5-6.8A2.3 2.3 0 0 1 7.2 4H17";

/**
 * Talk makes a section with a log and a form into a conversation. Settings are
 * what the server says of it (language, rtl, texts, sources, typography,
 * remember); base
 * is where the desk is, empty for this site, and target where its forms open.
 */
export class Talk {
  constructor(section, settings, { base = "", target } = {}) {
    Object.assign(this, { section, settings, base, target, texts: settings.texts, typeset: typesetter(settings) });
    this.scroller = section.querySelector(".talk-scroll");
    this.log = section.querySelector("[role=log]");
    this.form = section.querySelector(".talk-form");
    this.choice = section.querySelector(".talk-choice");
    this.input = this.form.querySelector("input[type=text]");
    this.chips = section.querySelector(".talk-chips");
    this.state = section.querySelector(".talk-state");
    this.forgetting = section.querySelector("[data-forget]");
    this.prompts = [...this.chips.querySelectorAll("button")].map((b) => b.value);
    this.welcome = [...this.log.children];
    this.waiting = false;
    this.talk = this.#carried() ?? this.#restored() ?? { conversation: "", entries: [] };
    this.#showAll();
    if (this.talk.draft && !this.input.value) this.input.value = this.talk.draft;

    section.addEventListener("submit", (event) => this.#submitted(event));
    this.input.addEventListener("input", () => this.#keep());
    this.forgetting.addEventListener("click", () => this.forget());
  }

  /** ask sends a message, or gives it back into the input with the reason. */
  async ask(message) {
    this.waiting = true;
    const mine = { you: message, at: Date.now() };
    this.talk.entries.push(mine);
    this.chips.replaceChildren();
    const bubble = this.#show(mine);
    this.#reveal(bubble);
    this.#say("waiting");
    const { conversation } = this.talk;
    const answer = await this.#post("/api/v1/chat", { message, language: this.settings.language, ...(conversation && { conversation_id: conversation }) });
    this.waiting = false;
    if (answer.failed) {
      this.talk.entries = this.talk.entries.filter((entry) => entry !== mine);
      bubble.remove();
      this.input.value ||= message;
      this.#keep();
      if (this.talk.entries.length) this.#suggest();
      else this.#showAll();
      this.#say(answer.failed, message);
      return;
    }
    this.talk.conversation = answer.conversation_id;
    const theirs = { desk: trimmed(answer), at: Date.now() };
    this.talk.entries.push(theirs);
    this.#keep();
    this.#say("");
    this.#show(theirs);
    this.#suggest();
    this.#reveal(bubble);
  }

  /** forget drops the conversation from this device and begins anew. */
  forget() {
    this.talk = { conversation: "", entries: [] };
    this.input.value = "";
    try { sessionStorage.removeItem(kept); } catch { /* nothing was kept */ }
    this.#say("");
    this.#showAll();
    this.input.focus();
  }

  #submitted(event) {
    const button = event.submitter;
    if (event.target !== this.form && event.target !== this.choice) return; // the hand-off leads to another page
    event.preventDefault();
    if (button?.name === "helpful") {
      this.#rate(button);
      return;
    }
    const chosen = event.target === this.choice;
    const message = (chosen ? button.value : this.input.value).trim();
    // On a touch screen the input would call up the keyboard over the answer.
    if (chosen && matchMedia("(pointer: coarse)").matches) this.log.focus({ preventScroll: true });
    else this.input.focus({ preventScroll: true });
    if (this.waiting || message === "") return;
    if (this.input.value.trim() === message) this.input.value = "";
    this.ask(message);
  }

  async #rate(button) {
    const [id, value] = button.value.split(":");
    const entry = this.talk.entries.find((e) => e.desk?.reply_id === id);
    const helpful = value === "yes";
    const group = button.closest(".talk-rate");
    if (!entry || entry.helpful === helpful) return;
    const before = entry.helpful;
    const press = (value, text) => {
      entry.helpful = value;
      for (const b of group.querySelectorAll("button")) b.setAttribute("aria-pressed", String(value === b.value.endsWith(":yes")));
      group.querySelector("[role=status]").textContent = text;
    };
    press(helpful, this.texts.thanks);
    const answer = await this.#post("/api/v1/chat/feedback", { conversation_id: entry.desk.conversation_id, reply_id: entry.desk.reply_id, helpful });
    if (answer.failed) press(before, this.texts.unrated);
    this.#keep();
  }

  // post returns what the API says, or why it did not.
  async #post(path, body) {
    try {
      const response = await fetch(this.base + path, {
        method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body), credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(patience),
      });
      if (response.status === 204) return {};
      if (response.ok) return await response.json();
      return { failed: response.status === 429 || response.status === 503 ? "busy" : "failed" };
    } catch {
      return { failed: "offline" };
    }
  }

  // carried is a talk that came with the page: asked without this script.
  #carried() {
    const field = this.form.elements.talk;
    if (!field?.value) return undefined;
    try {
      const talk = JSON.parse(field.value);
      return talk.entries.length ? talk : undefined;
    } catch {
      return undefined;
    }
  }

  #restored() {
    try {
      const talk = JSON.parse(sessionStorage.getItem(kept));
      const last = talk.entries.at(-1)?.at ?? talk.at;
      if (Date.now() - last < this.settings.remember * 1000) return talk;
      sessionStorage.removeItem(kept);
    } catch { /* nothing was kept, or nothing that can be read */ }
    return undefined;
  }

  #keep() {
    const { talk } = this;
    talk.entries = talk.entries.slice(-most);
    Object.assign(talk, { draft: this.input.value, at: Date.now() });
    try { sessionStorage.setItem(kept, JSON.stringify(talk)); } catch { /* switched off, or full */ }
    this.forgetting.hidden = talk.entries.length === 0;
  }

  // showAll writes the log anew, without having it read out.
  #showAll() {
    const { log, talk } = this;
    log.setAttribute("aria-live", "off");
    log.replaceChildren(...(talk.entries.length ? [] : this.welcome));
    talk.entries.forEach((entry) => this.#show(entry));
    this.#suggest();
    this.forgetting.hidden = talk.entries.length === 0;
    this.section.classList.toggle("begun", talk.entries.length > 0);
    const last = [...log.querySelectorAll(".you")].at(-1);
    if (last && this.#scrolls()) this.#reveal(last);
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  }

  #show(entry) {
    this.section.classList.add("begun");
    if (this.talk.entries.length === 1) this.log.replaceChildren();
    const bubble = entry.desk ? this.#reply(entry) : el("article", { class: "turn you" },
      el("h3", { class: "unseen" }, this.texts.you), el("p", { dir: "auto" }, entry.you));
    this.log.append(bubble);
    return bubble;
  }

  #reply({ desk, helpful }) {
    const { texts } = this;
    let made = blocks(desk, (text) => this.typeset(desk.language, text));
    if (!desk.more) made = made.flatMap((one) => folded(one, texts.more, this.#own()));
    const turn = el("article", { class: `turn desk ${desk.kind}`, lang: desk.language, dir: this.#direction(desk.language) },
      el("h3", { class: "unseen" }, texts.desk),
      el("div", { class: "talk-text" }, made));
    if (desk.chart?.narrow) turn.append(this.#chart(desk.chart));
    if (desk.more) turn.append(el("p", { class: "talk-more" }, this.#chip(desk.more.message, texts.more.replace("{n}", desk.more.count))));
    if (desk.citations?.length) turn.append(this.#sources(desk.citations));
    if (desk.handoff) turn.append(this.#handoff(desk.handoff));
    if (desk.reply_id && desk.kind !== "smalltalk" && desk.kind !== "emergency") turn.append(this.#rating(desk, helpful));
    return turn;
  }

  /** The narrow chart for small screens; in a panel, which is as narrow, always. */
  #chart({ url, alt, width, height, narrow }) {
    const address = this.base + url;
    return el("p", { class: "talk-chart" }, el("a", { href: address, target: "_blank", rel: "noopener" },
      el("picture", {},
        el("source", { media: this.section.classList.contains("full") ? "(max-width: 35rem)" : "all", srcset: this.base + narrow.url, width: narrow.width, height: narrow.height }),
        el("img", { src: address, alt, width, height, decoding: "async" })), el("span", { class: "unseen" }, " ", this.texts.larger)));
  }

  #sources(citations) {
    const { texts, settings } = this;
    return el("details", { class: "talk-sources", ...this.#own() }, el("summary", {}, texts.sources.replace("{n}", citations.length)),
      el("ul", {}, citations.map(({ source, section, quote }) => el("li", {}, el("q", { lang: "en", dir: "ltr" }, this.typeset("en", quote)),
        el("span", { class: "where" }, el("bdi", { lang: "en" }, section), el("span", { class: "dot" }, "\u00a0· "), el("bdi", {}, settings.sources[source] ?? source))))));
  }

  #handoff({ url, fields }) {
    const { texts } = this;
    return el("form", { class: "talk-write", method: "post", action: `${this.base}${url}/begin`, target: this.target, ...this.#own() },
      Object.entries(fields).map(([name, value]) => el("input", { type: "hidden", name, value })),
      el("button", { class: "button" }, texts.write),
      el("p", { class: "talk-help" }, texts.write_help));
  }

  #rating(desk, helpful) {
    const { texts } = this;
    const button = (value, label, drawn) => el("button", {
      type: "submit", form: this.choice.id, name: "helpful", value: `${desk.reply_id}:${value}`,
      "aria-pressed": String(helpful === (value === "yes")), "aria-label": label, title: label,
    }, icon(drawn));
    return el("div", { class: "talk-rate", role: "group", "aria-label": texts.rate, ...this.#own() }, el("span", { "aria-hidden": "true" }, texts.rate),
      button("yes", texts.rate_yes, thumbUp), button("no", texts.rate_no, thumbDown),
      el("span", { role: "status" }, helpful === undefined ? "" : texts.thanks));
  }

  #chip(message, label = message) {
    return el("button", { type: "submit", form: this.choice.id, name: "chosen", value: message, class: "chip" }, el("bdi", {}, this.typeset(this.settings.language, label)));
  }

  // suggest offers what the last reply suggests, or what to begin with.
  #suggest() {
    const last = this.talk.entries.at(-1);
    const messages = last ? last.desk?.suggestions ?? [] : this.prompts;
    this.chips.replaceChildren(...messages.map((message) => this.#chip(message)));
  }

  // reveal brings a question to the top of what can be seen, its answer below.
  #reveal(bubble) {
    const { scroller } = this;
    if (this.#scrolls()) scroller.scrollTop += bubble.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 8;
    else bubble.scrollIntoView({ block: "start" });
  }

  #scrolls() { return getComputedStyle(this.scroller).overflowY === "auto"; }

  #say(name, again) {
    const { state, texts } = this;
    state.className = `talk-state ${name}`;
    state.replaceChildren(...(name ? [el("span", {}, texts[name])] : []));
    if (again) state.append(" ", el("button", { type: "submit", form: this.choice.id, name: "chosen", value: again, class: "plain" }, texts.retry));
  }

  // own marks what is said in the language of the page within a reply.
  #own() { return { lang: this.settings.language, dir: this.#direction(this.settings.language) }; }

  #direction(language) { return this.settings.rtl.includes(language) ? "rtl" : "ltr"; }
}

// trimmed is what of a reply is shown, and kept.
function trimmed({ facts, ...reply }) { return reply; }

// What parts the items of a row in one language or another, and how the
// sentence around the last one ends.
const rowSeparator = /[;؛] |；|／/;
const rowEnd = /(?:です)?[.。]$/;
const rowDash = / [–—] /;

// blocks makes paragraphs and lists of a text. A long row of figures behind a
// dash is a list as well.
function blocks({ text, kind: reply }, set) {
  const made = [];
  const item = (line, kind) => {
    if (made.at(-1)?.className !== kind) made.push(el("ul", { class: kind }));
    // Figures run as the reply does, names as they are written.
    made.at(-1).append(el("li", {}, kind === "row" ? parts(line) : el("bdi", {}, ...parts(line))));
  };
  const parts = (line) => linked(line, reply === "emergency", set);
  for (const line of text.split("\n")) {
    const row = line.split(rowSeparator);
    const dash = row[0].search(rowDash);
    if (line.startsWith("• ")) item(line.slice(2), "lines");
    else if (row.length > 3 && dash > 0 && row.slice(1).every((one) => /\d/.test(one))) {
      row.push(row.pop().replace(rowEnd, ""));
      made.push(el("p", {}, ...parts(row[0].slice(0, dash))));
      for (const [i, one] of row.entries()) item(i ? one : one.slice(dash + 3), "row");
    } else made.push(el("p", {}, ...parts(line)));
  }
  return made;
}

// A list of more than longReply items shows shortReply of them, the rest with a
// tap, unless the desk has shortened it already.
const longReply = 16;
const shortReply = 10;

function folded(list, label, own) {
  if (list.localName !== "ul" || list.childElementCount <= longReply) return [list];
  const rest = el("ul", { class: list.className }, [...list.children].slice(shortReply));
  return [list, el("details", { class: "talk-rest" }, el("summary", own, label.replace("{n}", rest.childElementCount)), rest)];
}

// What can be written to or called: e-mail addresses, telephone numbers with
// the code of a country, of which a range is called by its first, and the
// number for emergencies in Korea.
const reachable = /([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|\+?(\b\d{1,3}(?:-\d{1,4}){3,5})(?:~\d+)?\b|\b(119)\b/g;

// linked makes links of what in a text can be reached.
function linked(text, emergency, set) {
  const made = [];
  let done = 0;
  for (const { 0: found, 1: mailbox, 2: phone, index } of text.matchAll(reachable)) {
    if (!mailbox && !phone && !emergency) continue;
    const href = mailbox ? `mailto:${mailbox}` : phone ? `tel:+${phone}` : `tel:${found}`;
    made.push(set(text.slice(done, index)), el("a", { href }, el("bdi", { dir: "ltr" }, found)));
    done = index + found.length;
  }
  return [...made, set(text.slice(done))];
}

// typesetter keeps together, in texts of a language, what no line may take apart
// (config/typography.yaml), by rules that hold two matches with one letter in
// common only when they are applied twice.
function typesetter({ typography }) {
  const compiled = Object.fromEntries(Object.entries(typography).map(([language, rules]) =>
    [language, rules.map(({ find, flags, by }) => [new RegExp(find, flags), by])]));
  return (language, text) => (compiled[language] ?? compiled[""]).reduce((set, [find, by]) => set.replace(find, by).replace(find, by), text);
}
