// The matrix of dyads: sources down, targets across; colour and shape by balance, size by number.

/**
 * Counts records by pair of groups: key -> {source, target, counts, records}. A pair of groups counts once a sentence and
 * stance, by its most certain record, as in dyads.csv.
 */
function dyadsOf(group, records, stances) {
  const dyads = new Map();
  const places = new Map();
  const size = group.names.length;
  for (const i of records) {
    const key = group.source[i] * size + group.target[i];
    let dyad = dyads.get(key);
    if (!dyad) dyads.set(key, (dyad = { source: group.source[i], target: group.target[i], counts: [0, 0, 0], records: [] }));
    const once = (key * 3 + stances.stance[i]) * stances.stance.length + stances.sentence[i];
    const place = places.get(once);
    if (place === undefined) {
      places.set(once, dyad.records.push(i) - 1);
      dyad.counts[stances.stance[i]]++;
    } else if (stances.confidence[i] > stances.confidence[dyad.records[place]]) dyad.records[place] = i;
  }
  return dyads;
}

/** The balance of support and condemnation in seven steps, -3 to 3; null where there is neither. */
function balance([condemn, support]) {
  return condemn + support ? Math.round((3 * (support - condemn)) / (condemn + support)) : null;
}

/** The shape that a balance is drawn with: denials that outnumber both make a diamond. */
function shapeOf(counts) {
  const step = balance(counts);
  if (counts[2] > counts[0] + counts[1]) return "deny";
  return step >= 1 ? "support" : step <= -1 ? "condemn" : "mixed";
}

const inWords = counts => STANCES.map((stance, s) => (counts[s] ? `${counts[s]} ${stance}` : "")).filter(Boolean).join(", ");

function renderMatrix(box, { group, dyads, rows, order, open, total }) {
  const sums = side => {
    const found = new Map();
    for (const dyad of dyads.values()) {
      const at = dyad[side];
      if (!found.has(at)) found.set(at, { at, counts: [0, 0, 0], total: 0, records: [] });
      const sum = found.get(at);
      dyad.counts.forEach((count, s) => ((sum.counts[s] += count), (sum.total += count)));
    }
    const last = sum => (group.names[sum.at] === OTHERS ? 1 : 0);
    const most = [...found.values()].sort((a, b) => last(a) - last(b) || b.total - a.total || group.names[a.at].localeCompare(group.names[b.at]));
    const kept = most.slice(0, rows);
    const others = most.at(-1);
    if (others && last(others) && !kept.includes(others)) kept.push(others);
    if (order === "name") kept.sort((a, b) => last(a) - last(b) || group.names[a.at].localeCompare(group.names[b.at]));
    return { kept, all: most.length };
  };
  const [sources, targets] = [sums("source"), sums("target")];
  const largest = Math.max(1, ...[...dyads.values()].map(dyad => dyad.records.length));
  const longest = Math.max(1, ...sources.kept.map(sum => (group.names[sum.at] === OTHERS ? 0 : sum.total)));
  const narrow = matchMedia("(max-width: 700px)").matches;
  const side = narrow ? 36 : Math.min(46, Math.max(32, Math.floor((box.clientWidth - 258) / (targets.kept.length || 1)) - 1));
  const size = count => Math.round(side * (0.28 + 0.56 * Math.sqrt(count / largest)));
  const key = (s, t) => s * group.names.length + t;

  const head = element("tr", {}, element("th", { class: "corner", scope: "col" },
    element("span", { class: "down", text: "who ↓" }), element("span", { class: "across", text: "whom →" })),
    ...targets.kept.map(sum => element("th", { scope: "col", class: group.names[sum.at] === OTHERS ? "target other" : "target" },
      element("button", { type: "button", tabindex: "-1", title: `All stances towards ${group.names[sum.at]}`,
        onclick: () => open(`→ ${group.names[sum.at]}`, recordsOf("target", sum.at), { target: sum.at }) },
        element("span", { text: group.names[sum.at] })))));
  const recordsOf = (side, at) => [...dyads.values()].filter(dyad => dyad[side] === at).flatMap(dyad => dyad.records);
  const body = sources.kept.map(sum => element("tr", {},
    element("th", { scope: "row", class: group.names[sum.at] === OTHERS ? "other" : null }, element("button", { type: "button", tabindex: "-1", title: `All stances of ${group.names[sum.at]}`,
      onclick: () => open(`${group.names[sum.at]} →`, recordsOf("source", sum.at), { source: sum.at }) },
      element("span", { class: "name", text: group.names[sum.at] }), element("span", { class: "scale" }, divided(sum.counts, longest)),
      element("span", { class: "total", text: number(sum.total) }))),
    ...targets.kept.map(column => {
      const dyad = dyads.get(key(sum.at, column.at));
      const same = sum.at === column.at ? "same" : null;
      if (!dyad) return element("td", { class: same });
      const names = [group.names[dyad.source], group.names[dyad.target]];
      const pixels = size(dyad.records.length);
      const step = balance(dyad.counts);
      return element("td", { class: same }, element("button", { type: "button", tabindex: "-1",
        class: `cell ${shapeOf(dyad.counts)} ${step === null ? "" : `b${step + 3}`}`,
        "aria-label": `${names[0]} to ${names[1]}: ${inWords(dyad.counts)}`, title: `${names[0]} → ${names[1]}: ${inWords(dyad.counts)}`,
        onclick: () => open(`${names[0]} → ${names[1]}`, dyad.records, { source: dyad.source, target: dyad.target }) },
        sign(shapeOf(dyad.counts), pixels), dyad.records.length > 1 ? numberBeside(dyad.records.length, side, pixels) : null));
    })));
  const table = element("table", { class: "matrix", "aria-label": "Dyads: sources in rows, targets in columns" },
    element("thead", {}, head), element("tbody", {}, ...body));
  table.style.setProperty("--cell", `${side}px`);
  walkCells(table);
  const hidden = [[sources, "sources"], [targets, "targets"]].filter(([side]) => side.all > side.kept.length)
    .map(([side, name]) => `the ${side.kept.length} most frequent of ${number(side.all)} ${name}`);
  box.replaceChildren(element("div", { class: "scroll", tabindex: "-1" }, table), matrixLegend(largest, size),
    element("p", { class: "caption", text: `${plural(total, "sentence")} in ${plural(dyads.size, "dyad")}` +
      (hidden.length ? `; shown are ${hidden.join(" and ")}.` : ".") }));
}

/** Writes a number at the lower right of a sign that stands in the middle of its cell. */
function numberBeside(count, side, pixels) {
  const made = element("span", { class: "number", text: number(count) });
  const off = Math.max(-1, (side - pixels) / 2 - 8);
  [made.style.right, made.style.bottom] = [`${off - 2}px`, `${off - 1}px`];
  return made;
}

/** Lets the arrow keys walk over cells and headings; one of them is reached by Tab. */
function walkCells(table) {
  const cells = [...table.querySelectorAll("button")];
  const first = table.querySelector("button.cell");
  if (first) first.tabIndex = 0;
  const place = cell => [cell.closest("tr").rowIndex, cell.closest("td, th").cellIndex];
  table.addEventListener("keydown", event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const from = event.target.closest("button");
    if (!step || !from) return;
    event.preventDefault();
    const [row, column] = place(from);
    const ahead = cells.map(cell => ({ cell, off: [place(cell)[0] - row, place(cell)[1] - column] }))
      .filter(({ off }) => off[0] * step[0] + off[1] * step[1] > 0)
      .map(({ cell, off }) => ({ cell, far: Math.abs(off[0]) * (step[0] ? 1 : 4) + Math.abs(off[1]) * (step[1] ? 1 : 4) }))
      .sort((a, b) => a.far - b.far)[0];
    if (ahead) focusOne(cells, ahead.cell);
  });
}

/** Moves the focus within a group of which Tab reaches one member. */
function focusOne(members, chosen) {
  for (const member of members) member.setAttribute("tabindex", member === chosen ? "0" : "-1");
  chosen.focus();
}

function matrixLegend(largest, size) {
  const steps = [[0, "condemn"], [1, "condemn"], [2, "condemn"], [3, "mixed"], [4, "support"], [5, "support"], [6, "support"]];
  const sizes = [...new Set([1, Math.ceil(largest / 3), largest])];
  return element("div", { class: "legend" },
    element("span", {}, "condemns ", element("span", { class: "steps" },
      ...steps.map(([step, shape]) => element("span", { class: `cell ${shape} b${step}` }, sign(shape, 13)))), " supports"),
    element("span", {}, element("span", { class: "cell deny" }, sign("deny", 13)), " mostly denies"),
    element("span", { class: "sizes" }, ...sizes.flatMap(count => [element("span", { class: "cell mixed plain" }, sign("mixed", size(count))),
      ` ${number(count)} `]), largest > 1 ? "sentences" : "sentence"));
}
