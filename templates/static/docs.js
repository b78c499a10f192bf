// Adds a button to copy each example. Without it the text can be selected.
for (const figure of document.querySelectorAll("figure[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = figure.dataset.copy;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(figure.querySelector("code").textContent);
      button.textContent = figure.dataset.copied;
    } catch {
      getSelection().selectAllChildren(figure.querySelector("code"));
    }
  });
  button.addEventListener("blur", () => { button.textContent = figure.dataset.copy; });
  figure.append(button);
}
