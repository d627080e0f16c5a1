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
