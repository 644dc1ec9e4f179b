// The page is whole without this: it adds filters, keys, and marks that stay.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const form = byId("filters");
  const search = byId("search");
  const help = byId("help");
  const store = `fixopenai reviewed ${location.pathname}`;
  const kept = load();
  const links = new Map(all(".by-rule li a").map((link) => [link.hash, link.parentElement]));
  const entries = new Map(all(".index a").map((link) => [link.hash, link.parentElement]));
  const files = all("#files > .file").map((element) => ({
    element,
    entry: entries.get(`#${element.id}`),
    cards: [],
    text: "",
  }));
  const cards = files.flatMap((file) =>
    all(".finding", file.element).map((element) => {
      const card = {
        element,
        file,
        entry: links.get(`#${element.id}`),
        box: element.querySelector("input"),
        text: element.textContent.toLowerCase(),
        reviewed: false,
      };
      file.cards.push(card);
      return card;
    }),
  );
  const groups = all(".by-rule, .by-rule > ul > li, .index > li");
  const cardOf = new Map(cards.map((card) => [card.element, card]));
  let current = null;

  function load() {
    try {
      return new Set(JSON.parse(localStorage.getItem(store)));
    } catch {
      return new Set(); // no storage here, or not ours: the marks last as long as the page
    }
  }

  function save() {
    try {
      const keys = cards.filter((card) => card.reviewed).map((card) => card.element.dataset.key);
      localStorage.setItem(store, JSON.stringify(keys));
    } catch {
      // see load
    }
  }

  function chosen(name) {
    return new Set(all(`input[name="${name}"]:checked`, form).map((box) => box.value));
  }

  /** Within a facet any of the chosen values will do; of the facets, all must hold. */
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const facets = ["rule", "status", "strategy"].map((name) => [name, chosen(name)]).filter(([, values]) => values.size);
    const onlyReview = chosen("review").size > 0;
    const onlyOpen = chosen("open").size > 0;
    const isFiltered = facets.length > 0 || onlyReview || onlyOpen;
    let shown = 0;
    for (const file of files) {
      // Read once, and only when somebody searches: the code of large files is long.
      if (words.length && !file.text) file.text = file.element.textContent.toLowerCase();
      const inFile = words.every((word) => file.text.includes(word));
      const inCode = inFile && !file.cards.some((card) => words.every((word) => card.text.includes(word)));
      let any = false;
      for (const card of file.cards) {
        const { dataset } = card.element;
        const fits =
          facets.every(([name, values]) => values.has(dataset[name])) &&
          (!onlyReview || "review" in dataset) &&
          (!onlyOpen || !card.reviewed) &&
          (inCode || words.every((word) => card.text.includes(word)));
        card.element.hidden = card.entry.hidden = !fits;
        any ||= fits;
        shown += fits;
      }
      file.element.hidden = file.entry.hidden = !(any || (!isFiltered && inFile));
    }
    for (const group of groups) group.hidden = all("a", group).every((link) => link.parentElement.hidden);
    const part = shown === cards.length ? "" : `${shown} of `;
    byId("shown").textContent = `${part}${cards.length} ${cards.length === 1 ? "finding" : "findings"} · `;
    byId("nothing").hidden = files.some((file) => !file.element.hidden) || !files.length;
  }

  function count() {
    const reviewed = cards.filter((card) => card.reviewed).length;
    byId("marked").textContent = `${reviewed} reviewed`;
    byId("progress").max = cards.length || 1;
    byId("progress").value = reviewed;
    for (const file of files) {
      const done = file.cards.length > 0 && file.cards.every((card) => card.reviewed);
      file.entry.classList.toggle("done", done);
      file.element.classList.toggle("done", done);
    }
  }

  function mark(card, reviewed) {
    card.reviewed = card.box.checked = reviewed;
    card.element.classList.toggle("reviewed", reviewed);
  }

  function toggle(card) {
    mark(card, !card.reviewed);
    save();
    count();
    filter();
    if (card.element.hidden) go(1, (other) => other);
  }

  function visit(card) {
    card.file.element.open = true;
    card.element.focus({ preventScroll: true });
    card.element.scrollIntoView({ block: "center" });
  }

  /** To the next shown finding in a direction whose `group` is another one than the current finding's. */
  function go(step, group) {
    let index = current ? cards.indexOf(current) : step > 0 ? -1 : cards.length;
    do index += step;
    while (cards[index] && (cards[index].element.hidden || (current && group(cards[index]) === group(current))));
    if (cards[index]) visit(cards[index]);
  }

  function goToFile(step) {
    go(step, (card) => card.file);
    if (step < 0 && current) visit(current.file.cards.find((card) => !card.element.hidden) ?? current);
  }

  const keys = {
    j: () => go(1, (card) => card),
    k: () => go(-1, (card) => card),
    J: () => goToFile(1),
    K: () => goToFile(-1),
    x: () => current && toggle(current),
    o: () => current && (current.file.element.open = !current.file.element.open),
    "/": () => search.select(),
    "?": () => help.showModal(),
  };
  keys[" "] = keys.x;

  function isTyping(target) {
    return target.matches("input:not([type=checkbox]), textarea, select");
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (key === "Escape" && target === search) {
      search.value = "";
      search.blur();
      current?.element.focus({ preventScroll: true });
      filter();
      return;
    }
    if (!Object.hasOwn(keys, key) || isTyping(target)) return;
    // Space belongs to boxes, buttons and links, and scrolls where no finding is looked at.
    if (key === " " && (!current || target !== current.element)) return;
    event.preventDefault();
    keys[key]();
  });

  document.addEventListener("focusin", (event) => {
    const card = cardOf.get(event.target.closest(".finding"));
    if (!card || card === current) return;
    current?.element.classList.remove("current");
    card.element.classList.add("current");
    current = card;
  });

  document.addEventListener("change", (event) => {
    const card = cardOf.get(event.target.closest(".finding"));
    if (card) toggle(card);
  });

  /** What a link leads to is shown, whatever the filters say. */
  function reveal() {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let element = target; element; element = element.parentElement) {
      element.hidden = false;
      if (element.tagName === "DETAILS") element.open = true;
    }
    if (cardOf.has(target)) visit(cardOf.get(target));
    else target.scrollIntoView({ block: target.matches("del, .same") ? "center" : "start" });
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  search.addEventListener("input", filter);
  byId("keys").addEventListener("click", keys["?"]);
  window.addEventListener("hashchange", reveal);

  for (const file of files) file.element.style.setProperty("--rows", file.element.dataset.rows);
  for (const card of cards) mark(card, kept.has(card.element.dataset.key));
  for (const element of all(".scripted")) element.hidden = !cards.length;
  byId("menu").open = !matchMedia("(max-width: 62rem)").matches;
  count();
  filter();
  reveal();
})();
