// Keys of the office: ignored in fields and while an input method composes; switched off in one's own page.
(() => {
  const OFF = "lf-keys-off";
  const toggle = document.querySelector("[data-keys-toggle]");

  function isOff() {
    return localStorage.getItem(OFF) === "1";
  }

  if (toggle) {
    toggle.checked = !isOff();
    toggle.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "0" : "1"));
  }

  let waitsForPlace = 0;

  function isTyping(event) {
    const target = event.target;
    return event.isComposing || target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  }

  function rows() {
    return [...document.querySelectorAll("[data-list] tbody tr")].filter((row) => row.querySelector("a"));
  }

  function step(by) {
    const all = rows();
    if (!all.length) return false;
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    (next.querySelector(".is-title a") || next.querySelector("a")).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function select(isRange) {
    const all = rows();
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const box = all[here]?.querySelector("input[type=checkbox]");
    if (!box) return false;
    const last = all.findLastIndex((row, place) => place < here && row.querySelector("input:checked"));
    const from = isRange && last >= 0 ? last + 1 : here;
    for (const row of all.slice(from, here + 1)) {
      const one = row.querySelector("input[type=checkbox]");
      if (one) one.click();
    }
    return true;
  }

  function tab(by) {
    const tabs = [...document.querySelectorAll(".lf-tabs a")];
    const here = tabs.findIndex((one) => one.hasAttribute("aria-current"));
    const next = tabs[here + by];
    if (next) next.click();
    return Boolean(next);
  }

  function go(letter) {
    const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  }

  function search() {
    const field = document.querySelector("[data-search]");
    field?.focus();
    return Boolean(field);
  }

  function help() {
    const list = document.getElementById("keys");
    if (!list?.showModal) return false;
    if (list.open) list.close();
    else list.showModal();
    return true;
  }

  function act(letter) {
    const named = document.querySelector(`[data-key="${CSS.escape(letter)}"]`);
    if (!named) return false;
    named.click();
    return true;
  }

  function done(event) {
    const letter = event.key.toLowerCase();
    if (Date.now() - waitsForPlace < 1200) {
      waitsForPlace = 0;
      if (go(letter)) return true;
    }
    if (letter === "g") {
      waitsForPlace = Date.now();
      return true;
    }
    if (letter === "/") return search();
    if (letter === "?") return help();
    if (letter === "j") return step(1) || act("j");
    if (letter === "k") return step(-1) || act("k");
    if (letter === "x") return select(event.shiftKey);
    if (letter === "[") return tab(-1);
    if (letter === "]") return tab(1);
    return /^[a-z]$/.test(letter) && act(letter);
  }

  document.addEventListener("keydown", (event) => {
    if (isOff()) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (search()) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (done(event)) event.preventDefault();
  });
})();
