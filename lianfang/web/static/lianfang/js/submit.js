// A form that changes something is sent once: its button keeps its width, says so, and is locked.
(() => {
  const locked = new Map();

  function release() {
    for (const [button, words] of locked) {
      button.disabled = false;
      button.replaceChildren(...words);
      button.style.minWidth = "";
    }
    locked.clear();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    if (!button) return;
    // after the browser has taken the button's name and value
    setTimeout(() => {
      if (event.defaultPrevented) return;
      button.style.minWidth = `${button.offsetWidth}px`;
      locked.set(button, [...button.childNodes]);
      button.textContent = document.body.dataset.submitting || "…";
      button.disabled = true;
    });
  });

  function again() {
    release();
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  }
  window.addEventListener("pageshow", (event) => event.persisted && again());
  document.addEventListener("htmx:afterRequest", again);
})();
