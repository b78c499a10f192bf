// Makes forms kinder where scripts run; all of it works without.
// - After mistakes, the summary gets the focus, so that it is read out.
// - What is about children stays closed until the date of birth is a child's.
// - A button that was pressed says so, and is not pressed twice.
// - A lost line while sending leaves the review as it was, to be sent again.
// - Links and numbers can be copied and printed.

const problems = document.getElementById("problems");
problems?.focus();

// A link to a field leads the focus there, into whatever is closed around it.
for (const link of document.querySelectorAll('.problems a[href^="#f-"]')) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    field.focus({ preventScroll: true });
    (field.closest(".field, .consent") ?? field).scrollIntoView({ block: "center" });
  });
}

// plain makes Arabic and full-width digits plain.
const plain = (text) => text.trim().replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) => {
  const code = digit.codePointAt(0);
  return String(code - (code >= 0xff10 ? 0xff10 : code >= 0x6f0 ? 0x6f0 : 0x660));
});

const form = document.getElementById("inquiry");
const minor = form?.querySelector("details.minor");
if (minor) {
  const part = (name) => Number(plain(form.elements[`birth_date_${name}`].value));
  // age in whole years today; NaN until the date is whole.
  const age = () => {
    const [year, month, day] = ["year", "month", "day"].map(part);
    if (!(year >= 1880 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return NaN;
    const today = new Date();
    const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
    return today.getFullYear() - year - (before ? 1 : 0);
  };
  const update = () => {
    const child = age() < Number(form.dataset.minorAge);
    minor.hidden = !child && !minor.querySelector(".is-wrong");
    if (child) minor.open = true;
  };
  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("birth_date_")) update();
  });
  form.addEventListener("draft", update);
  update();
}

for (const sent of document.querySelectorAll("form")) {
  sent.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (sent.dataset.busy) return event.preventDefault();
    if (!button?.dataset.busy || event.defaultPrevented) return;
    sent.dataset.busy = "yes";
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
  });
}
// idle lets everything be sent again.
function idle() {
  for (const sent of document.querySelectorAll("form[data-busy]")) delete sent.dataset.busy;
  for (const button of document.querySelectorAll("button[data-idle]")) {
    button.textContent = button.dataset.idle;
    button.removeAttribute("aria-disabled");
  }
}
// Coming back to a page that the browser kept: it may be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) idle();
});

// The review is sent from here, and the receipt takes its place: the way back
// leads to the form, and not to a page that browsers can only send again. A
// challenge is answered once, and therefore goes the plain way.
const review = document.getElementById("send");
if (review && !review.elements.challenge) {
  const failed = review.querySelector("[data-send-failed]");
  review.addEventListener("submit", async (event) => {
    if (event.defaultPrevented || event.submitter?.name) return;
    event.preventDefault();
    failed.hidden = true;
    try {
      const answer = await fetch(review.action, { method: "POST", body: new URLSearchParams(new FormData(review)), signal: AbortSignal.timeout(60_000) });
      if (answer.redirected) return location.replace(answer.url);
    } catch {
      // It may have arrived, or not: the key in the form makes it one inquiry.
      idle();
      failed.hidden = false;
      failed.focus();
      return;
    }
    review.submit(); // it was not accepted: the page that says why
  });
}

for (const box of document.querySelectorAll("[data-script-only]")) box.hidden = false;
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
    } catch {
      prompt(label, button.dataset.copy);
    }
  });
  button.addEventListener("blur", () => { button.textContent = label; });
}
