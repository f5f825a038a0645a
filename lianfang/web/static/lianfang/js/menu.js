// The menu as a drawer on small screens.
(() => {
  const button = document.querySelector("[data-menu]");
  const menu = document.getElementById("menu");
  if (!button || !menu) return;
  const root = document.documentElement;

  function show(open) {
    root.classList.toggle("has-menu", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("a")?.focus();
  }

  button.addEventListener("click", () => show(!root.classList.contains("has-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("has-menu")) {
      show(false);
      button.focus();
    }
  });
  document.addEventListener("click", (event) => {
    const inside = menu.contains(event.target) || button.contains(event.target);
    if (!inside && root.classList.contains("has-menu")) show(false);
  });
})();
