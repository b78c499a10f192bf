// The chat of this desk on another site:
// <script async src="https://…/widget.js" data-language="kk"></script>
// It finds the language, loads the rest, and leaves nothing else behind.
(() => {
  const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
  const base = script.src.replace(/\/widget\.js.*$/, "");
  const languages = {{.Languages}};
  const offered = Object.keys(languages);
  const find = (tag) => {
    const wanted = (tag ?? "").toLowerCase();
    const [first] = wanted.split(/[-_]/);
    return offered.find((l) => l.toLowerCase() === wanted) ?? offered.find((l) => first && l.toLowerCase().split("-")[0] === first);
  };
  const tags = [script.dataset.language, script.closest("[lang]")?.lang, document.documentElement.lang, ...navigator.languages, offered[0]];
  const load = (path) => import(base + path);
  Promise.all([load("{{.Launcher}}"), load(languages[tags.map(find).find(Boolean)]), load("{{.Talk}}")])
    .then(([{ launch }, { default: settings }]) => launch(base, settings))
    .catch((error) => console.warn(`naru: no chat on ${location.origin}: it must be among widget.origins of ${base}.`, error));
})();
