// Shows the copy button of the error page where the browser can copy. Without it the text is there.
"use strict";

(() => {
  const button = document.querySelector("[data-copy]");
  const status = document.querySelector("[data-copy-status]");
  const source = document.getElementById(button?.dataset.copy ?? "");
  if (!button || !status || !source || !navigator.clipboard) return;

  /** Opens what the text is folded away in, and selects it, for whoever has to copy it by hand. */
  const select = () => {
    const folded = source.closest("details");
    if (folded) folded.open = true;
    getSelection().selectAllChildren(source);
  };

  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      status.textContent = button.dataset.said;
    } catch {
      select();
      status.textContent = button.dataset.saidNot;
    }
  });
})();
