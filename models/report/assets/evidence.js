// The evidence: sentences as cards beside a view, and all of them as a table that can be sorted and taken along.

const CARDS = 20;
const ROWS = 50;

/** Returns a sentence with its source and target marked, as nodes. */
function markedSentence(data, stance) {
  const [from, to] = stance.sentence;
  const text = data.textOf(stance.article);
  const sides = [["source", stance.source.span], ["target", stance.target.span]].filter(([, span]) => span[0] >= from && span[1] <= to).sort((a, b) => a[1][0] - b[1][0]);
  const parts = [];
  let at = from;
  for (const [role, [start, end]] of sides) {
    if (start < at) continue;
    parts.push(text.slice(at, start), element("mark", { class: role, text: text.slice(start, end) }));
    at = end;
  }
  parts.push(text.slice(at, to));
  return parts;
}

/** A sentence, whose it is and where it stands; a click goes to the article. */
function card(data, i, read) {
  const stance = stanceAt(data, i);
  const article = stance.article;
  return element("li", { class: `card ${stance.stance}${stance.confidence < UNSURE ? " unsure" : ""}` },
    element("p", { class: "line" }, sign(stance.stance, 12, stance.confidence < UNSURE ? "unsure" : ""),
      element("span", {}, whole(stance.source), ` ${VERBS[stance.stance]} `, whole(stance.target)), confidence(stance)),
    element("blockquote", {}, ...markedSentence(data, stance)),
    element("button", { type: "button", class: "link", onclick: () => read(article, i),
      text: `${dayInWords(data.articles.date[article])} · ${data.articles.title[article] || data.articles.id[article]}` }));
}

/** Fills the panel beside a view with the sentences behind a number. */
function renderCards(panel, { data, title, records, read, actions, close }) {
  const order = [...records].sort((a, b) => data.stances.confidence[b] - data.stances.confidence[a]);
  const counts = [0, 0, 0];
  for (const i of records) counts[data.stances.stance[i]]++;
  const list = element("ol", { class: "cards" });
  const more = element("button", { type: "button", class: "more" });
  const add = () => {
    const from = list.children.length;
    list.append(...order.slice(from, from + CARDS).map(i => card(data, i, read)));
    more.hidden = list.children.length >= order.length;
    more.textContent = `Show more of the other ${number(order.length - list.children.length)}`;
  };
  more.addEventListener("click", add);
  add();
  const heading = element("h2", { tabindex: "-1", text: title });
  panel.replaceChildren(
    element("div", { class: "panel-head" }, heading, element("button", { type: "button", class: "close", "aria-label": "Close the evidence", text: "×", onclick: close })),
    element("p", { class: "panel-sum" }, plural(records.length, "sentence"), " ", tally(counts)),
    element("p", { class: "panel-actions" }, ...actions.map(([text, run]) => element("button", { type: "button", text, onclick: run }))),
    list, more);
  return heading;
}

/** Sorts dyads of two different, known groups by their sentences. */
function frequentDyads(group, dyads) {
  return [...dyads.values()]
    .filter(dyad => dyad.source !== dyad.target && group.names[dyad.source] !== OTHERS && group.names[dyad.target] !== OTHERS)
    .sort((a, b) => b.records.length - a.records.length || group.names[a.source].localeCompare(group.names[b.source]));
}

/** Without a choice the panel lists the dyads with most sentences. */
function renderDyads(panel, { group, dyads, open, title = "Most frequent dyads", most = 14 }) {
  const sorted = frequentDyads(group, dyads).slice(0, most);
  const longest = sorted[0]?.records.length ?? 1;
  panel.replaceChildren(element("div", { class: "panel-head" }, element("h2", { text: title })),
    sorted.length ? element("ol", { class: "dyads" }, ...sorted.map(dyad => {
      const name = `${group.names[dyad.source]} → ${group.names[dyad.target]}`;
      return element("li", {}, element("button", { type: "button", onclick: () => open(name, dyad.records, { source: dyad.source, target: dyad.target }) },
        element("span", { class: "name", text: name }), tally(dyad.counts), element("span", { class: "scale" }, divided(dyad.counts, longest))));
    })) : element("p", { class: "empty", text: "No stances pass the filters." }),
    element("p", { class: "hint", text: "Every number leads to its sentences: choose a dyad, a cell, an edge or a bar." }));
}

const COLUMNS = [
  ["Date", (data, i) => data.articles.date[data.stances.article[i]] ?? ""],
  ["Who", (data, i) => data.actors.name[data.stances.source[i]]],
  ["Stance", (data, i) => STANCES[data.stances.stance[i]]],
  ["Whom", (data, i) => data.actors.name[data.stances.target[i]]],
  ["Confidence", (data, i) => data.stances.confidence[i]],
];

/** All records that pass the filters as a table: sorted by its headings, fifty at a time. */
function renderTable(box, { data, records, read, sort, again }) {
  const value = COLUMNS[sort.column][1];
  const keys = new Map(records.map(i => [i, value(data, i)]));
  const order = [...records].sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    return (x < y ? -1 : x > y ? 1 : a - b) * (sort.down ? -1 : 1);
  });
  const headings = COLUMNS.map(([name], column) => element("th", { scope: "col", "aria-sort": sort.column === column ? (sort.down ? "descending" : "ascending") : "none" },
    element("button", { type: "button", text: name + (sort.column === column ? (sort.down ? " ↓" : " ↑") : ""),
      onclick: () => again({ column, down: sort.column === column ? !sort.down : name === "Confidence" }) })));
  const body = element("tbody");
  const more = element("button", { type: "button", class: "more" });
  const add = () => {
    const from = body.children.length;
    body.append(...order.slice(from, from + ROWS).map(i => row(data, i, read)));
    more.hidden = body.children.length >= order.length;
    more.textContent = `Show ${Math.min(ROWS, order.length - body.children.length)} more of ${number(order.length - body.children.length)}`;
  };
  more.addEventListener("click", add);
  add();
  const sorted = Boolean(document.activeElement?.closest("th"));
  box.replaceChildren(
    element("div", { class: "table-head" }, element("p", { class: "caption", text: plural(records.length, "stance") }),
      element("button", { type: "button", id: "download", text: "Download as CSV", disabled: !records.length, onclick: () => download(data, order) })),
    records.length ? element("div", { class: "scroll" }, element("table", { class: "evidence-table" },
      element("thead", {}, element("tr", {}, ...headings, element("th", { scope: "col", text: "Sentence" }))), body)) : element("p", { class: "empty", text: "No stances pass the filters." }),
    more);
  if (sorted) box.querySelectorAll("th button")[sort.column]?.focus();
}

function row(data, i, read) {
  const stance = stanceAt(data, i);
  return element("tr", { class: stance.stance },
    element("td", { class: "date", text: dayInWords(data.articles.date[stance.article]) }),
    element("td", { class: "actor", text: whole(stance.source) }),
    element("td", { class: "label" }, sign(stance.stance, 11, stance.confidence < UNSURE ? "unsure" : ""), ` ${VERBS[stance.stance]}`),
    element("td", { class: "actor", text: whole(stance.target) }),
    element("td", { class: "score" }, confidence(stance)),
    element("td", { class: "quote" }, element("span", {}, ...markedSentence(data, stance)), " ",
      element("button", { type: "button", class: "link", text: data.articles.title[stance.article] || data.articles.id[stance.article], onclick: () => read(stance.article, i) })));
}

/** Hands out records as CSV, with the names of `stances.csv`; a cell that a spreadsheet would run gets a leading quote. */
function download(data, records) {
  const s = data.stances;
  const side = (name, actor) => ({ [`${name}_name`]: data.actors.name[actor], [`${name}_kind`]: data.actors.kind[actor], [`${name}_country`]: data.actors.country[actor],
    [`${name}_sector`]: data.actors.sector[actor], [`${name}_on_behalf_of_name`]: data.actors.body[actor] });
  const rows = records.map(i => ({
    article_id: data.articles.id[s.article[i]], title: data.articles.title[s.article[i]], published: data.articles.date[s.article[i]], url: data.articles.url[s.article[i]],
    sentence: sentenceAt(data, i), ...side("source", s.source[i]), ...side("target", s.target[i]), stance: STANCES[s.stance[i]], confidence: s.confidence[i] / 10000,
    quoted: s.quoted[i] === 1, speaker: s.speaker[i],
  }));
  const cell = value => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [Object.keys(rows[0]).join(","), ...rows.map(values => Object.values(values).map(cell).join(","))];
  const link = element("a", { href: URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv;charset=utf-8" })), download: "stances-filtered.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
