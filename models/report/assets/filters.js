// What is shown: the filters, the records that pass them, and the address that says both.

const filters = { stances: new Set(STANCES), least: 0, from: "", to: "", actor: "", quoted: "", words: "", once: false };
const view = { name: "matrix", level: "state", article: null, stance: null };

/** Groups the two sides of every record: by actor, by state, or by kind. */
function groupsOf(data) {
  const { name, kind, state } = data.actors;
  const labels = { actor: name.map((n, a) => `${n}\n${kind[a]}`), state, kind: kind.map(k => KINDS[k] ?? k) };
  return Object.fromEntries(Object.entries(labels).map(([level, list]) => {
    const places = new Map();
    const of = Int32Array.from(list, label => places.get(label) ?? places.set(label, places.size).get(label));
    const names = [...places.keys()].map(label => label.split("\n")[0]);
    const twice = new Set(names.filter((label, at) => names.indexOf(label) !== at));
    const shown = [...places.keys()].map((label, at) => twice.has(names[at]) ? label.replace("\n", ", ") : names[at]);
    const sides = side => Int32Array.from(data.stances[side], a => of[a]);
    return [level, { names: shown, source: sides("source"), target: sides("target") }];
  }));
}

/** Selects the records that pass the filters, once a change; `counts` are those of every stance, shown or not. */
function selector(data) {
  const s = data.stances;
  const days = Array.from(s.article, a => data.articles.date[a] ?? "");
  let lower = null;
  let last = null;
  const sentences = () => (lower ??= Array.from({ length: data.count }, (_, i) => sentenceAt(data, i).toLowerCase()));
  const matching = text => {
    const wanted = text.trim().toLowerCase();
    const names = data.actors.name.map((name, a) => `${name}\n${data.actors.body[a] ?? ""}`.toLowerCase());
    const exact = names.map(name => name.split("\n").includes(wanted));
    return exact.includes(true) ? exact : names.map(name => name.includes(wanted));
  };
  const compute = () => {
    const wanted = STANCES.map(stance => filters.stances.has(stance));
    const least = Math.round(filters.least * 10000);
    const actors = filters.actor.trim() ? matching(filters.actor) : null;
    const words = filters.words.trim().toLowerCase();
    const seen = new Set();
    const records = [];
    const counts = [0, 0, 0];
    for (let i = 0; i < data.count; i++) {
      if (s.confidence[i] < least) continue;
      if ((filters.from && days[i] < filters.from) || (filters.to && (!days[i] || days[i] > filters.to))) continue;
      if (filters.quoted && (s.quoted[i] === 1) !== (filters.quoted === "quoted")) continue;
      if (actors && !actors[s.source[i]] && !actors[s.target[i]]) continue;
      if (words && !sentences()[i].includes(words)) continue;
      if (filters.once && s.story[i] !== null) {
        const key = `${s.story[i]}\n${s.source[i]}\n${s.target[i]}\n${s.stance[i]}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      counts[s.stance[i]]++;
      if (wanted[s.stance[i]]) records.push(i);
    }
    return { records, counts };
  };
  return { selected: () => (last ??= compute()), reset: () => (last = null), warm: sentences, days };
}

/** Reads filters and view out of the address, `#matrix&by=state&least=0.8`. */
function readAddress() {
  const [name, ...rest] = location.hash.slice(1).split("&");
  const values = new URLSearchParams(rest.join("&"));
  const named = (key, allowed, otherwise) => (allowed.includes(values.get(key)) ? values.get(key) : otherwise);
  const day = key => (/^\d{4}-\d{2}-\d{2}$/.test(values.get(key) ?? "") ? values.get(key) : "");
  view.name = ["matrix", "network", "timeline", "evidence", "articles"].includes(name) ? name : "matrix";
  view.level = named("by", ["actor", "state", "kind"], "state");
  const asked = values.has("stance") ? values.get("stance").split(",") : STANCES;
  filters.stances = new Set(STANCES.filter(stance => asked.includes(stance)));
  filters.least = Math.min(1, Math.max(0, Number(values.get("least")) || 0));
  [filters.from, filters.to] = [day("from"), day("to")];
  filters.actor = values.get("actor") ?? "";
  filters.quoted = named("quoted", ["quoted", "unquoted"], "");
  filters.words = values.get("words") ?? "";
  filters.once = values.get("once") === "1";
  view.source = values.get("source") ?? "";
  view.target = values.get("target") ?? "";
  view.article = values.get("article");
  view.stance = values.has("at") ? Number(values.get("at")) : null;
}

/** Writes them into the address, so that a link or a bookmark shows the same. */
function address(changes = {}) {
  const shown = { ...view, ...changes };
  const values = new URLSearchParams();
  const add = (key, value) => value && values.set(key, value);
  add("by", shown.level === "state" ? "" : shown.level);
  if (shown.name === "timeline") [["source", shown.source], ["target", shown.target]].forEach(([k, v]) => add(k, v));
  if (shown.name === "articles") [["article", shown.article], ["at", shown.stance === null ? "" : String(shown.stance)]].forEach(([k, v]) => add(k, v));
  if (filters.stances.size < 3) values.set("stance", [...filters.stances].join(","));
  add("least", filters.least ? String(filters.least) : "");
  for (const key of ["from", "to", "actor", "quoted", "words"]) add(key, filters[key]);
  add("once", filters.once ? "1" : "");
  return `#${[shown.name, values.toString()].filter(Boolean).join("&")}`;
}
