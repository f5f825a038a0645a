// What was typed into a form marked data-draft is kept in this tab until the form has been carried out.
(() => {
  const PREFIX = "lf-draft:";
  const said = document.body.dataset;

  function keyOf(form) {
    return `${PREFIX}${form.dataset.draft}:${location.pathname}`;
  }

  function fields(form) {
    return [...form.elements].filter(
      (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
    );
  }

  function read(form) {
    return fields(form).map((field) => {
      const isTick = field.type === "checkbox" || field.type === "radio";
      return [field.name, isTick ? field.value : "", isTick ? field.checked : field.value];
    });
  }

  function fill(form, values) {
    const waiting = [...values];
    for (const field of fields(form)) {
      const isTick = field.type === "checkbox" || field.type === "radio";
      const place = waiting.findIndex(([name, mark]) => name === field.name && (!isTick || mark === field.value));
      if (place < 0) continue;
      const [[, , value]] = waiting.splice(place, 1);
      if (isTick) field.checked = value;
      else field.value = value;
    }
  }

  function tell(form, words) {
    const place = form.querySelector("[data-draft-said]");
    if (place) place.textContent = words;
  }

  function clock() {
    return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  }

  function follow(form) {
    const key = keyOf(form);
    const first = JSON.stringify(read(form));
    let last = first;

    function keep() {
      const now = JSON.stringify(read(form));
      if (now === last) return;
      last = now;
      sessionStorage.setItem(key, JSON.stringify({ values: JSON.parse(now), at: clock() }));
      tell(form, `${said.saved}${clock()}`);
    }

    const kept = sessionStorage.getItem(key);
    // after a refusal the server's own values stand in the form
    if (kept && !form.querySelector(".lf-errors")) {
      const draft = JSON.parse(kept);
      fill(form, draft.values);
      tell(form, `${said.restored}${draft.at}`);
      last = JSON.stringify(read(form));
    }
    setInterval(keep, 5000);
    form.addEventListener("focusout", keep);
    form.addEventListener("submit", () => {
      keep();
      sessionStorage.setItem("lf-sent", key);
    });
  }

  const sent = sessionStorage.getItem("lf-sent");
  if (sent && document.querySelector(".lf-message-success")) {
    sessionStorage.removeItem(sent);
    sessionStorage.removeItem("lf-sent");
  }
  for (const form of document.querySelectorAll("form[data-draft]")) follow(form);
})();
