// Small windows close on Escape or a click elsewhere and stay on the screen; an error summary takes the focus.
(() => {
  const OPEN = "details.lf-pop[open]";

  document.addEventListener("click", (event) => {
    for (const shown of document.querySelectorAll(OPEN)) if (!shown.contains(event.target)) shown.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const shown of document.querySelectorAll(OPEN)) {
      shown.open = false;
      shown.querySelector("summary").focus();
    }
  });

  document.addEventListener(
    "toggle",
    (event) => {
      const shown = event.target;
      if (!shown.matches?.(OPEN)) return;
      const body = shown.querySelector(".lf-pop-body");
      if (!body) return;
      body.style.translate = "";
      const box = body.getBoundingClientRect();
      const beyond = box.right - document.documentElement.clientWidth + 8;
      if (beyond > 0) body.style.translate = `${-beyond}px`;
      else if (box.left < 8) body.style.translate = `${8 - box.left}px`;
    },
    true,
  );

  function focusErrors(root) {
    root.querySelector("[data-focus]")?.focus();
  }
  focusErrors(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    focusErrors(event.target);
    const said = event.target.querySelector("[data-said]");
    if (said) document.getElementById("live").textContent = said.dataset.said;
  });

  // what is printed is printed whole
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details.lf-fold:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "1";
    }
  });
  window.addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll("details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });
})();
