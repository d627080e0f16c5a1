// The five views and the controls of each.

/** Replaces the controls; the one that has the focus keeps it. */
function controls(...parts) {
  const all = () => [...byId("controls").querySelectorAll("select, button")];
  const focused = all().indexOf(document.activeElement);
  byId("controls").replaceChildren(...parts);
  all()[focused]?.focus();
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
