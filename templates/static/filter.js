// Lists that filter while one types. Without this script the form is sent and
// the server marks what is found; both look through the same words.
"use strict";

// Marks go from Latin letters alone: elsewhere they make another letter.
const latin = (letter) => letter.normalize("NFD").replace(/\p{Mn}/gu, "");
const alike = { "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ı": "i", "đ": "d", "ð": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th" };

// digit brings the digits of all scripts to ASCII: they stand in runs of ten.
function digit(d) {
  let zero = d.codePointAt(0);
  for (let n = 0; n < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1)); n++) zero--;
  return String(d.codePointAt(0) - zero);
}

function words(text) {
  return text.normalize("NFKC").toLowerCase()
    .replace(/['`’‘ʼـ]|\p{Cf}/gu, "").replace(/&/g, " and ")
    .replace(/\p{Nd}/gu, digit)
    .replace(/\p{Script=Latin}/gu, (l) => alike[l] || latin(l))
    .replace(/[ёأإآٱىةکی]/g, (l) => alike[l])
    .replace(/\p{Mn}/gu, "")
    .split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

for (const form of document.querySelectorAll("form[data-filter]")) {
  const list = document.getElementById(form.dataset.filter);
  const entries = [...list.querySelectorAll("[data-find]")];
  const groups = [...list.querySelectorAll("[data-group]")];
  const none = list.querySelector("[data-none]");
  const shown = document.querySelector("[data-shown]");
  const selects = [...form.querySelectorAll("select")];
  const text = form.elements.text;

  const apply = () => {
    const wanted = words(text.value);
    let count = 0;
    for (const entry of entries) {
      const found = selects.every((s) => !s.value || (entry.dataset[s.name] || "").split(" ").includes(s.value)) &&
        wanted.every((word) => entry.dataset.find.includes(word));
      entry.hidden = !found;
      if (found) count++;
    }
    for (const group of groups) group.hidden = !group.querySelector("[data-find]:not([hidden])");
    none.hidden = count > 0;
    if (shown.textContent !== String(count)) shown.textContent = String(count);
  };
  // The address says what is looked for, so that it can be kept and passed on.
  const remember = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
    history.replaceState(null, "", location.pathname + (query.size ? "?" + query : ""));
  };
  let waiting = 0;
  const change = () => {
    apply();
    clearTimeout(waiting);
    waiting = setTimeout(remember, 300);
  };
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change();
    document.getElementById("found").focus();
  });
  form.querySelector("[data-reset]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const field of [text, ...selects]) field.value = "";
    change();
    text.focus();
  });
  // Browsers fill in what stood there before, also on the way back.
  addEventListener("pageshow", apply);
}
