// Sends the answer to the platform at once, and once: a second one would end what the first began.
"use strict";

(() => {
  const form = document.querySelector("[data-form-post]");
  if (!form) return;
  const button = form.querySelector("button");
  const status = form.querySelector("[data-form-post-status]");
  const hold = () => {
    button.disabled = true;
    status.textContent = status.dataset.said;
  };
  // Where the platform does not answer, the person may try once more.
  const release = () => {
    button.disabled = false;
    status.textContent = "";
  };
  form.addEventListener("submit", hold);
  setTimeout(release, 8000);
  hold();
  form.submit();
})();
