// Does the work that is asked for where very much comes from one address, and
// then sends the form: nobody has to do anything. Without it, one waits.

const box = document.querySelector("[data-challenge]");
const form = document.getElementById("send");
if (box && form && window.Worker) {
  const shown = performance.now();
  const policy = window.trustedTypes?.createPolicy("naru-guard", { createScriptURL: (address) => address });
  const address = box.dataset.worker;
  const worker = new Worker(policy ? policy.createScriptURL(address) : address);
  const text = box.querySelector("[data-challenge-text]");
  const waiting = text.textContent;
  text.textContent = box.dataset.working;
  const progress = document.createElement("progress");
  progress.setAttribute("aria-label", box.dataset.working);
  box.append(progress);
  worker.onerror = () => {
    text.textContent = waiting;
    progress.remove();
  };
  worker.onmessage = ({ data }) => {
    worker.terminate();
    form.elements.nonce.value = data;
    // Sooner than a person could have read the page, it would not be taken.
    setTimeout(() => form.requestSubmit(form.querySelector(".actions .button")), Math.max(0, 1500 - (performance.now() - shown)));
  };
  worker.postMessage({ challenge: box.dataset.challenge, bits: Number(box.dataset.bits) });
}
