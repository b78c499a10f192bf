// The talk without reloading. The form works without this script; with it the
// API is asked, and the whole talk stays in this tab until it is closed or
// cleared. Nothing is kept anywhere else.

const chat = document.querySelector(".chat");
const form = chat.querySelector("form");
const log = chat.querySelector("[role=log]");
const state = chat.querySelector("[role=status]");
const chips = chat.querySelector(".chat-chips");
const clear = chat.querySelector("[data-clear]");
const input = form.querySelector("input[type=text]");
const send = form.querySelector(".button");
const language = form.dataset.language;
const key = "naru-chat-" + language;
const remembered = 40; // messages

const part = (name) => chat.querySelector(`template[data-part=${name}]`).content.cloneNode(true);
const say = (name) => { state.replaceChildren(name ? part(name) : ""); };

let talk = { conversation: form.elements.conversation_id?.value || "", entries: [] };

function keep() {
  talk.entries = talk.entries.slice(-remembered);
  try { sessionStorage.setItem(key, JSON.stringify(talk)); } catch { /* without storage the talk ends with the page */ }
  clear.hidden = talk.entries.length === 0;
}

function show(entry) {
  if (entry.you !== undefined) {
    const bubble = part("you");
    bubble.querySelector("p").textContent = entry.you;
    log.append(bubble);
  } else {
    const reply = entry.desk;
    const bubble = part("desk");
    const article = bubble.querySelector("article");
    article.lang = reply.language;
    article.dir = reply.language === "ar" ? "rtl" : "ltr";
    article.classList.add(reply.kind);
    bubble.querySelector(".chat-text").textContent = reply.text;
    const sources = bubble.querySelector("details");
    if (reply.citations.length === 0) sources.remove();
    for (const c of reply.citations) {
      const quote = Object.assign(document.createElement("q"), { lang: "en", dir: "ltr", textContent: c.quote });
      const section = Object.assign(document.createElement("span"), { className: "quiet", textContent: " " + c.section });
      const item = document.createElement("li");
      item.append(quote, section);
      sources.querySelector("ul").append(item);
    }
    const write = bubble.querySelector(".chat-write");
    if (!reply.handoff) write.remove();
    else for (const way of write.querySelectorAll("[data-way]")) if (way.dataset.way !== reply.handoff.kind) way.remove();
    log.append(bubble);
    suggest(reply.suggestions);
  }
  log.scrollTop = log.scrollHeight;
}

function suggest(messages) {
  chips.replaceChildren(...messages.map((message) =>
    Object.assign(document.createElement("button"), { type: "submit", name: "message", value: message, textContent: message, formNoValidate: true })));
}

async function ask(message) {
  const mine = { you: message };
  talk.entries.push(mine);
  show(mine);
  say("waiting");
  send.disabled = true;
  try {
    const response = await fetch("/api/v1/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ message, language, ...(talk.conversation && { conversation_id: talk.conversation }) }),
    });
    if (!response.ok) { again(message, mine, "busy"); return; }
    const reply = await response.json();
    talk.conversation = reply.conversation_id;
    const theirs = { desk: reply };
    talk.entries.push(theirs);
    say("");
    show(theirs);
    keep();
  } catch {
    again(message, mine, "offline");
  } finally {
    send.disabled = false;
    input.focus({ preventScroll: true });
  }
}

// again gives the message back, so that nothing typed is lost.
function again(message, mine, why) {
  talk.entries = talk.entries.filter((e) => e !== mine);
  log.lastElementChild.remove();
  input.value = message;
  say(why);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = event.submitter?.name === "message" ? event.submitter.value : input.value;
  const message = chosen.trim();
  if (message === "" || send.disabled) return;
  input.value = "";
  ask(message);
});

clear.addEventListener("click", () => {
  talk = { conversation: "", entries: [] };
  try { sessionStorage.removeItem(key); } catch { /* nothing was kept */ }
  location.assign(form.action);
});

try {
  const before = JSON.parse(sessionStorage.getItem(key) || "null");
  if (before?.entries?.length && !form.elements.conversation_id) {
    talk = before;
    talk.entries.forEach(show);
  }
} catch { /* what cannot be read is begun anew */ }
clear.hidden = talk.entries.length === 0;
