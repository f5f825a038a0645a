// The wall asks for its figures each minute, marks those that changed for ten minutes, and is walked by arrow keys.
"use strict";
{
  const MINUTE = 60_000;
  const panels = [...document.querySelectorAll(".lf-wall-panel")];
  const places = new Map();
  for (const place of document.querySelectorAll("[data-figure]")) {
    const name = place.dataset.figure;
    places.set(name, [...(places.get(name) || []), place]);
  }
  const marks = new WeakMap();

  function put(place, value) {
    if (place.textContent.trim() === String(value)) return;
    place.textContent = value;
    place.classList.add("is-new");
    clearTimeout(marks.get(place));
    marks.set(place, setTimeout(() => place.classList.remove("is-new"), 10 * MINUTE));
  }

  function shade(tile, count) {
    const ramp = [1, 3, 5, 9].filter((step) => count >= step).length;
    for (let n = 0; n <= 4; n += 1) tile.classList.toggle(`lf-ramp-${n}`, n === ramp);
  }

  function mix(bar, counts) {
    const whole = counts.reduce((sum, count) => sum + count, 0) || 1;
    let done = 0;
    bar.replaceChildren(
      ...["yellow", "orange", "red"].map((colour, place) => {
        const part = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        part.setAttribute("class", `lf-fill-${colour}`);
        part.setAttribute("height", "10");
        part.setAttribute("x", `${(100 * done) / whole}%`);
        part.setAttribute("width", `${(100 * counts[place]) / whole}%`);
        done += counts[place];
        return part;
      }),
    );
  }

  function show({ figures, at, red, bars }) {
    for (const bar of document.querySelectorAll("[data-bar]")) mix(bar, bars[bar.dataset.bar] || [0, 0, 0]);
    for (const [name, value] of Object.entries(figures)) for (const place of places.get(name) || []) put(place, value);
    for (const bar of document.querySelectorAll("[data-share]")) {
      const whole = figures[bar.dataset.of] || 1;
      bar.setAttribute("width", `${Math.round((100 * (figures[bar.dataset.share] || 0)) / whole)}%`);
    }
    for (const tile of document.querySelectorAll("[data-tile]")) {
      shade(tile, figures[`tile.${tile.dataset.tile}`] || 0);
      tile.classList.toggle("has-red", red.includes(tile.dataset.tile));
    }
    document.querySelector("[data-wall-at]").textContent = at;
  }

  async function refresh() {
    const lost = document.querySelector("[data-wall-lost]");
    try {
      const answer = await fetch(document.body.dataset.figures, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      show(await answer.json());
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const now = panels.indexOf(document.activeElement?.closest(".lf-wall-panel"));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      panels[(now + step + panels.length) % panels.length].focus();
    } else if (event.key === "Enter" && now >= 0 && document.activeElement === panels[now]) {
      const link = panels[now].dataset.rows;
      if (link) location.assign(link);
    }
  });
  setInterval(refresh, MINUTE);
}
