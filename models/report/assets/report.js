// The report: builds the views when they are first looked at, and again when a filter changes.

const read = id => JSON.parse(byId(id).textContent);
const packed = read("data");
const chunks = document.querySelectorAll("script.texts");
const data = unpack(packed, chunk => JSON.parse(chunks[chunk].textContent), Number(document.body.dataset.textsAtOnce));
const groups = groupsOf(data);
const choice = selector(data);
const lowest = Math.floor(data.stances.confidence.reduce((a, b) => Math.min(a, b), 9999) / 100) / 100;
const settings = { rows: 20, order: "count", most: 30, least: 0, step: "", table: { column: 4, down: true } };
const panel = byId("panel");
let picked = null;
let returnTo = null;

let counted = {};
function currentDyads() {
  const { records } = choice.selected();
  if (counted.records !== records || counted.level !== view.level) {
    const group = groups[view.level];
    counted = { records, level: view.level, group, dyads: dyadsOf(group, records, data.stances) };
  }
  return counted;
}

function open(title, records, where) {
  picked = { title, records, where };
  returnTo = document.activeElement;
  showPanel(true);
}

function closePanel() {
  picked = null;
  showPanel(false);
  if (returnTo?.isConnected) returnTo.focus();
}

function showPanel(focus) {
  document.body.classList.toggle("picked", picked !== null);
  const choose = (title, records, { source, target }) => view.name !== "timeline" ? open(title, records, { source, target })
    : go({ name: "timeline", source: groups[view.level].names[source], target: groups[view.level].names[target] });
  if (!picked) return renderDyads(panel, { ...currentDyads(), open: choose });
  const { title, records, where } = picked;
  const { names } = groups[view.level];
  const actions = [["As a table", () => go({ name: "evidence" })]];
  if (where.source !== undefined || where.target !== undefined)
    actions.unshift(["Over time", () => go({ name: "timeline", source: names[where.source] ?? "", target: names[where.target] ?? "" })]);
  if (view.name === "timeline") actions.splice(0, actions.length, ["As a table", () => go({ name: "evidence" })]);
  renderCards(panel, { data, title, records, actions, close: closePanel, read: readArticle });
  panel.scrollTop = 0;
  if (focus) panel.querySelector("h2").focus({ preventScroll: matchMedia("(min-width: 900px)").matches });
}

function readArticle(article, i = null) {
  go({ name: "articles", article: data.articles.id[article], stance: i });
}

/** Goes to a view, as a step that the browser's back button takes back. */
function go(changes) {
  const keep = changes.name === "evidence" && picked ? picked : null;
  Object.assign(view, { article: null, stance: null }, changes);
  history.pushState(null, "", address());
  picked = null;
  render(keep);
  window.scrollTo(0, Math.min(window.scrollY, byId("tabs").offsetTop));
}

function controls(...parts) {
  byId("controls").replaceChildren(...parts);
}

function selectOf(label, options, value, change) {
  const select = element("select", { onchange: event => change(event.target.value) },
    ...options.map(([key, text]) => element("option", { value: key, selected: String(key) === String(value), text })));
  return element("label", {}, element("span", { text: label }), select);
}

const rerender = changes => { Object.assign(settings, changes); render(); };
const levels = () => selectOf("by", [["state", "state or body"], ["actor", "actor"], ["kind", "kind of actor"]], view.level, level => {
  Object.assign(view, { level, source: "", target: "" });
  picked = null;
  history.replaceState(null, "", address());
  render();
});

const VIEWS = {
  matrix(box) {
    const { group, dyads } = currentDyads();
    controls(levels(), selectOf("rows", [[12, "12"], [20, "20"], [40, "40"], [80, "80"]], settings.rows, rows => rerender({ rows: Number(rows) })),
      selectOf("order", [["count", "most frequent first"], ["name", "by name"]], settings.order, order => rerender({ order })));
    const records = choice.selected().records;
    if (!records.length) return nothing(box);
    renderMatrix(box, { group, dyads, rows: settings.rows, order: settings.order, open,
      total: [...dyads.values()].reduce((sum, dyad) => sum + dyad.records.length, 0) });
  },
  network(box) {
    const { group, dyads } = currentDyads();
    const least = settings.least || readable(group, dyads, settings.most);
    controls(levels(), selectOf("nodes", [[30, "30"], [60, "60"], [120, "120"], [300, "300"]], settings.most, most => rerender({ most: Number(most) })),
      selectOf("ties of at least", [[0, `as fits (${least})`], ...LEAST.map(n => [n, plural(n, "sentence")])], settings.least, least => rerender({ least: Number(least) })),
      element("span", { class: "zoom", role: "group", "aria-label": "Zoom" }, ...[["+", 1.4, "Zoom in"], ["−", 1 / 1.4, "Zoom out"], ["⟲", 0, "Show all"]].map(([text, by, name]) =>
        element("button", { type: "button", text, "aria-label": name, onclick: () => {
          network.zoom = by ? Math.min(8, Math.max(0.6, network.zoom * by)) : 1;
          network.pan = by ? network.pan.map(value => value * by) : [0, 0];
          render();
        } }))));
    renderNetwork(box, { group, level: view.level, dyads, most: settings.most, least, open, stanceOf: data.stances.stance });
  },
  timeline(box) {
    const { group, dyads } = currentDyads();
    const names = group.names;
    const frequent = side => {
      const sums = new Map();
      for (const dyad of dyads.values()) sums.set(dyad[side], (sums.get(dyad[side]) ?? 0) + dyad.records.length);
      return [["", "anyone"], ...[...sums].sort((a, b) => b[1] - a[1]).slice(0, 500).map(([at, sum]) => [names[at], `${names[at]} (${sum})`])];
    };
    const withChosen = (options, name) => (options.some(([key]) => key === name) ? options : [...options, [name, `${name} (0)`]]);
    const set = changes => { Object.assign(view, changes); picked = null; history.replaceState(null, "", address()); render(); };
    const [source, target] = [names.indexOf(view.source), names.indexOf(view.target)];
    const between = (a, b) => [...dyads.values()].filter(d => (a < 0 || d.source === a) && (b < 0 || d.target === b)).flatMap(d => d.records);
    const name = at => (at < 0 ? "Anyone" : names[at]);
    const series = [{ title: `${name(source)} → ${name(target)}`, records: between(source, target) }];
    if ((source >= 0 || target >= 0) && source !== target) series.push({ title: `${name(target)} → ${name(source)}`, records: between(target, source) });
    settings.step ||= naturalStep();
    controls(levels(), selectOf("who", withChosen(frequent("source"), view.source), view.source, value => set({ source: value })),
      selectOf("whom", withChosen(frequent("target"), view.target), view.target, value => set({ target: value })),
      selectOf("per", Object.entries(STEPS), settings.step, step => rerender({ step })));
    const small = source < 0 && target < 0 ? frequentDyads(group, dyads).slice(0, 8).map(dyad => ({ records: dyad.records,
      title: `${names[dyad.source]} → ${names[dyad.target]}`, where: { source: names[dyad.source], target: names[dyad.target] } })) : [];
    renderTimeline(box, { series, small, days: choice.days, stanceOf: data.stances.stance, step: settings.step, open, choose: where => go({ name: "timeline", ...where }) });
  },
  evidence(box, kept) {
    const all = choice.selected().records;
    const records = kept ? kept.records : all;
    controls(kept ? element("span", { class: "chosen" }, kept.title, " ", element("button", { type: "button", class: "link", text: "show all", onclick: () => render() })) : "");
    renderTable(box, { data, records, read: readArticle, sort: settings.table, again: table => { settings.table = table; render(kept); } });
  },
  articles(box) {
    const shown = new Map();
    for (const i of choice.selected().records) {
      const at = data.stances.article[i];
      shown.set(at, [...(shown.get(at) ?? []), i]);
    }
    const article = view.article === null ? -1 : data.articles.id.indexOf(view.article);
    if (article < 0) return articleList(box, shown);
    const order = sortedArticles([...shown.keys()]);
    const step = by => order[order.indexOf(article) + by];
    const records = shown.get(article) ?? [];
    if (view.stance !== null && data.stances.article[view.stance] === article && !records.includes(view.stance)) records.push(view.stance);
    records.sort((a, b) => data.stances.sentence_start[a] - data.stances.sentence_start[b] || b - a);
    const everything = data.stances.article.reduce((sum, at) => sum + (at === article), 0);
    controls(element("button", { type: "button", text: "All articles", onclick: () => go({ name: "articles" }) }),
      element("button", { type: "button", text: "Previous", disabled: step(-1) === undefined, onclick: () => readArticle(step(-1)) }),
      element("button", { type: "button", text: "Next", disabled: order.indexOf(article) < 0 || step(1) === undefined, onclick: () => readArticle(step(1)) }));
    const shownArticle = renderArticle(box, { id: data.articles.id[article], title: data.articles.title[article], date: data.articles.date[article],
      url: data.articles.url[article], text: data.textOf(article) }, records.map(i => stanceAt(data, i)), {
      onPin: k => { view.stance = records[k]; history.replaceState(null, "", address()); },
      note: everything > records.length ? element("p", { class: "hint", text: `The filters hide ${everything - records.length} more.` }) : null });
    if (view.stance !== null && records.includes(view.stance)) shownArticle.pin(records.indexOf(view.stance));
  },
};

/** Days, weeks or months: what gives the whole time some twenty to a hundred periods. */
function naturalStep() {
  const days = choice.days.filter(Boolean).map(day => periodOf(day, "day"));
  const span = days.reduce((a, b) => Math.max(a, b), -Infinity) - days.reduce((a, b) => Math.min(a, b), Infinity);
  return span > 700 ? "month" : span > 70 ? "week" : "day";
}

const sortedArticles = list => list.sort((a, b) => (data.articles.date[a] ?? "9").localeCompare(data.articles.date[b] ?? "9") || a - b);

function articleList(box, shown) {
  controls("");
  const order = sortedArticles([...shown.keys()]);
  if (!order.length) return nothing(box);
  const list = element("ol", { class: "article-list" });
  const more = element("button", { type: "button", class: "more" });
  const add = () => {
    const from = list.children.length;
    list.append(...order.slice(from, from + 60).map(article => {
      const counts = [0, 0, 0];
      for (const i of shown.get(article)) counts[data.stances.stance[i]]++;
      return element("li", {}, element("button", { type: "button", onclick: () => readArticle(article) },
        element("span", { class: "date", text: dayInWords(data.articles.date[article]) }),
        element("span", { class: "name", text: data.articles.title[article] || data.articles.id[article] }), tally(counts)));
    }));
    more.hidden = list.children.length >= order.length;
    more.textContent = `Show more of the other ${number(order.length - list.children.length)}`;
  };
  more.addEventListener("click", add);
  add();
  box.replaceChildren(element("p", { class: "caption", text: `${plural(order.length, "article")} with stances that pass the filters` }), list, more);
}

function nothing(box) {
  box.replaceChildren(element("p", { class: "empty", text: data.count
    ? "No stances pass the filters. Lower the confidence, widen the period, or reset them."
    : "No stances were found in these articles. A lower --threshold shows the less certain ones." }));
}

function render(kept = null) {
  const { records, counts } = choice.selected();
  for (const tab of byId("tabs").querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.view === view.name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  STANCES.forEach((stance, s) => {
    const button = byId(`toggle-${stance}`);
    button.setAttribute("aria-pressed", String(filters.stances.has(stance)));
    button.querySelector(".value").textContent = number(counts[s]);
  });
  byId("shown").textContent = records.length === data.count ? `All ${number(data.count)} stances` : `${number(records.length)} of ${number(data.count)} stances`;
  byId("reset").disabled = address({ name: "matrix", level: "state" }) === "#matrix";
  document.body.dataset.view = view.name;
  const box = byId("view");
  box.setAttribute("aria-labelledby", `tab-${view.name}`);
  const beside = ["matrix", "network", "timeline"].includes(view.name);
  panel.hidden = !beside;
  if (beside) showPanel(false);
  else document.body.classList.remove("picked");
  VIEWS[view.name](box, kept);
}

function filterChanged() {
  choice.reset();
  picked = null;
  history.replaceState(null, "", address());
  render();
}

/** Shows the filters as they are, after the address or a reset changed them. */
function showFilters() {
  byId("least").value = Math.max(filters.least, lowest);
  byId("least-value").textContent = share(Math.max(filters.least, lowest));
  for (const key of ["from", "to", "actor", "quoted", "words"]) byId(key).value = filters[key];
  byId("once").checked = filters.once;
}

function listenToFilters() {
  if (matchMedia("(max-width: 700px)").matches) document.querySelector(".more-filters").open = false;
  for (const stance of STANCES) byId(`toggle-${stance}`).prepend(sign(stance, 13));
  for (const stance of STANCES) byId(`toggle-${stance}`).addEventListener("click", () => {
    if (!filters.stances.delete(stance)) filters.stances.add(stance);
    filterChanged();
  });
  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(filterChanged, 120); };
  byId("least").addEventListener("input", event => { filters.least = Number(event.target.value) > lowest ? Number(event.target.value) : 0; showFilters(); later(); });
  for (const key of ["from", "to", "quoted"]) byId(key).addEventListener("change", event => { filters[key] = event.target.value; filterChanged(); });
  for (const key of ["actor", "words"]) byId(key).addEventListener("input", event => { filters[key] = event.target.value; later(); });
  byId("once").addEventListener("change", event => { filters.once = event.target.checked; filterChanged(); });
  byId("reset").addEventListener("click", () => {
    Object.assign(filters, { stances: new Set(STANCES), least: 0, from: "", to: "", actor: "", quoted: "", words: "", once: false });
    showFilters();
    filterChanged();
  });
  byId("filters").addEventListener("submit", event => event.preventDefault());
}

function listenToTabs() {
  const tabs = [...byId("tabs").querySelectorAll("[role=tab]")];
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => go({ name: tab.dataset.view }));
    tab.addEventListener("keydown", event => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const chosen = tabs[(to + tabs.length) % tabs.length];
      go({ name: chosen.dataset.view });
      chosen.focus();
    });
  });
}

function begin() {
  const counts = new Map();
  for (const side of [data.stances.source, data.stances.target]) for (const a of side) counts.set(data.actors.name[a], (counts.get(data.actors.name[a]) ?? 0) + 1);
  byId("actors").append(...[...counts].sort((a, b) => b[1] - a[1]).slice(0, 300).map(([name]) => element("option", { value: name })));
  const days = data.articles.date.filter(Boolean).sort();
  for (const key of ["from", "to"]) [byId(key).min, byId(key).max] = [days[0] ?? "", days.at(-1) ?? ""];
  byId("period").textContent = days.length ? (days[0] === days.at(-1) ? `, ${dayInWords(days[0])}` : `, ${dayInWords(days[0])} to ${dayInWords(days.at(-1))}`) : "";
  byId("least").min = lowest;
  byId("once-label").hidden = !data.stances.story.some(story => story !== null);
  readAddress();
  showFilters();
  listenToFilters();
  listenToTabs();
  themeButton();
  window.addEventListener("popstate", () => { readAddress(); showFilters(); choice.reset(); picked = null; render(); });
  window.addEventListener("resize", () => ["network", "timeline"].includes(view.name) && render());
  document.addEventListener("keydown", event => event.key === "Escape" && picked && closePanel());
  matchMedia("print").addEventListener("change", event => event.matches && render());
  render();
  if ("requestIdleCallback" in window) requestIdleCallback(() => choice.warm());
}

begin();
