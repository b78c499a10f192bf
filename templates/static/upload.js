// Sends documents ahead while the form is still being filled in: with their
// progress in sight, one by one removable, and checked before they leave.
// Without it they go with the form.

const box = document.querySelector("[data-upload]");
if (box) start(box);

function start(box) {
  const form = box.closest("form");
  const input = box.querySelector('input[type="file"]');
  const list = box.querySelector("[data-documents]");
  const status = box.querySelector("[data-upload-status]");
  const text = box.dataset;
  const limit = { files: Number(text.files), file: Number(text.fileBytes), total: Number(text.totalBytes) };
  const running = new Set();
  // From here on the label is the button: what the input says of the files
  // chosen is not in the language of the page, and no longer true.
  box.classList.add("is-live");
  let last = Promise.resolve(); // files go one after another

  const language = document.documentElement.lang;
  const units = [text.byte, text.kilobyte, text.megabyte];
  // As the server writes sizes: one decimal where it tells something.
  const size = (bytes) => {
    const n = bytes >= 2 ** 20 ? 2 : bytes >= 2 ** 10 ? 1 : 0;
    const count = bytes / 2 ** (10 * n);
    return units[n].replace("0", new Intl.NumberFormat(language, { numberingSystem: "latn", maximumFractionDigits: n > 0 && count < 10 ? 1 : 0 }).format(count));
  };
  const say = (message) => { status.textContent = message; };
  const total = () => [...list.children].reduce((sum, item) => sum + Number(item.dataset.size ?? 0), 0);

  // Items that the server wrote, after mistakes, can be removed in place, too.
  for (const item of list.children) {
    const [id, bytes] = item.querySelector('input[name="document"]').value.split(" ");
    item.dataset.size = bytes;
    item.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      remove(item, id);
    });
  }
  form.addEventListener("restore", (event) => {
    for (const value of event.detail) {
      const [id, bytes, ...name] = value.split(" ");
      if ([...list.querySelectorAll('input[name="document"]')].some((known) => known.value === value)) continue;
      finish(row(name.join(" "), Number(bytes)), { id, size: Number(bytes), name: name.join(" ") });
    }
  });

  input.addEventListener("change", () => {
    for (const file of input.files) add(file);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    if (!running.size || event.submitter?.name) return;
    event.preventDefault();
    delete form.dataset.busy;
    say(text.wait);
    status.classList.remove("hidden");
  }, { capture: true });

  function row(name, bytes) {
    const item = document.createElement("li");
    item.dataset.size = bytes;
    const title = document.createElement("span");
    title.className = "document-name";
    title.dir = "auto";
    title.textContent = name;
    const about = document.createElement("span");
    about.className = "quiet small";
    about.textContent = size(bytes);
    item.append(title, " ", about);
    list.append(item);
    return item;
  }

  function button(item, name, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "plain";
    made.textContent = text.remove;
    made.setAttribute("aria-label", `${text.remove}${text.colon}${name}`);
    made.addEventListener("click", action);
    item.append(made);
  }

  function fail(item, name, message) {
    item.dataset.size = 0;
    item.classList.add("is-wrong");
    item.querySelector("progress")?.remove();
    item.querySelector("button")?.remove();
    const why = document.createElement("span");
    why.className = "wrong";
    why.textContent = message;
    item.append(why);
    button(item, name, () => { item.remove(); input.focus(); });
    say(`${name}${text.colon}${message}`);
  }

  function add(file) {
    const before = total();
    const item = row(file.name, file.size);
    if (file.size > limit.file) return fail(item, file.name, text.tooLarge);
    if (list.querySelectorAll("li:not(.is-wrong)").length > limit.files || before + file.size > limit.total) return fail(item, file.name, text.tooMany);
    preview(item, file);
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", `${text.running}${text.colon}${file.name}`);
    item.append(progress);
    const request = new XMLHttpRequest();
    running.add(request);
    let dropped = false;
    button(item, file.name, () => {
      dropped = true;
      request.abort();
      item.remove();
      input.focus();
    });
    say(`${text.running}${text.colon}${file.name}`);
    last = last.then(() => dropped || send(file, request, progress)).then((stored) => {
      if (!dropped) finish(item, stored);
    }, (message) => {
      if (!dropped) fail(item, file.name, message);
    }).finally(() => running.delete(request));
  }

  function send(file, request, progress) {
    return new Promise((done, failed) => {
      // A line that is gone may say nothing for a quarter of an hour.
      let silence;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => { failed(text.failed); request.abort(); }, Number(text.still));
      };
      heard();
      request.open("POST", `${text.upload}?language=${encodeURIComponent(language)}`);
      request.responseType = "json";
      request.addEventListener("loadend", () => clearTimeout(silence));
      request.upload.addEventListener("progress", (event) => {
        heard();
        if (event.lengthComputable) progress.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => {
        if (request.status === 201) done(request.response);
        else failed(request.response?.detail ?? text.failed);
      });
      for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => failed(text.failed));
      const body = new FormData();
      body.append("file", file);
      request.send(body);
    });
  }

  function finish(item, stored) {
    item.querySelector("progress")?.remove();
    item.querySelector("button")?.remove();
    item.querySelector(".document-name").textContent = stored.name;
    item.dataset.size = stored.size;
    const value = document.createElement("input");
    value.type = "hidden";
    value.name = "document";
    value.value = `${stored.id} ${stored.size} ${stored.name}`;
    item.append(value);
    button(item, stored.name, () => remove(item, stored.id));
    say(`${text.done}${text.colon}${stored.name}`);
    form.dispatchEvent(new Event("documents"));
  }

  function remove(item, id) {
    item.remove();
    input.focus();
    form.dispatchEvent(new Event("documents"));
    // What cannot be removed now is removed with all that nobody claims.
    fetch(`${text.upload}/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => {});
  }

  // preview draws a small picture of a picture, from the file alone.
  async function preview(item, file) {
    if (!/^image\/(jpeg|png)$/.test(file.type)) return;
    try {
      const picture = await createImageBitmap(file, { resizeHeight: 96, resizeQuality: "medium" });
      const canvas = document.createElement("canvas");
      canvas.width = Math.min(picture.width, 144);
      canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
      canvas.setAttribute("aria-hidden", "true");
      item.prepend(canvas);
    } catch { /* no picture after all: the upload says so */ }
  }
}
