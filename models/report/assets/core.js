// What every view uses: elements, signs of the stances, numbers and dates, and the unpacked data.

const STANCES = ["condemn", "support", "deny"];
const VERBS = { condemn: "condemns", support: "supports", deny: "denies" };
const KINDS = {
  state: "States", igo: "Intergovernmental organisations", person: "Persons", party: "Parties",
  armed_group: "Armed groups", company: "Companies", ngo: "Non-governmental organisations", media: "Media",
  group: "Groups",
};
const OTHERS = "other actors"; // among states and bodies: who is in no table and speaks for nobody
const UNSURE = 0.8; // below it at least one stance in five is wrong
const PATHS = {
  condemn: "M1.5 3.5H14.5L8 14.5Z",
  support: "M1.5 12.5H14.5L8 1.5Z",
  deny: "M8 1.6 14.4 8 8 14.4 1.6 8Z",
  mixed: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12Z",
};

const byId = id => document.getElementById(id);

/** Makes an element; `on…` are listeners, `text` is its text, other values are attributes. */
function element(name, values = {}, ...children) {
  const made = name.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
}

/** Draws the sign of a stance: a shape, so that colour is never alone. */
function sign(stance, size = 12, extra = "") {
  return element("svg:svg", { class: `sign ${stance} ${extra}`, viewBox: "0 0 16 16", width: size, height: size,
    "aria-hidden": "true" }, element("svg:path", { d: PATHS[stance] }));
}

const numbers = new Intl.NumberFormat("en");
const number = value => numbers.format(value);
const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
const share = value => value.toFixed(2);

const formats = new Map(); // they are slow to make
function dayInWords(day, options = { day: "numeric", month: "short", year: "numeric" }) {
  if (!day) return "no date";
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }));
  return formats.get(key).format(new Date(`${day}T00:00Z`));
}

/** Tells the stances of records: one sign and number for each that occurs. */
function tally(counts) {
  return element("span", { class: "tally" }, ...STANCES.flatMap((stance, s) => counts[s]
    ? [element("span", { class: `count ${stance}`, title: `${counts[s]} × ${stance}` }, sign(stance, 10), number(counts[s]))]
    : []));
}

/** A bar divided by stance, as wide as its share of the longest. */
function divided(counts, longest) {
  const total = counts[0] + counts[1] + counts[2];
  const bar = element("span", { class: "divided", "aria-hidden": "true" });
  bar.style.width = `${Math.min(100, Math.max(6, (100 * total) / longest))}%`;
  STANCES.forEach((stance, s) => {
    if (!counts[s]) return;
    const part = element("span", { class: stance });
    part.style.flexGrow = counts[s];
    bar.append(part);
  });
  return bar;
}

/** Unpacks the columns that `packing.py` wrote. `textsAt(chunk)` gives a list of texts when it is first needed. */
function unpack(packed, textsAt, textsAtOnce) {
  const columns = { ...packed.stances };
  for (const name of Object.keys(columns))
    if (name !== "speaker" && name !== "story") columns[name] = Int32Array.from(columns[name]);
  const chunks = [];
  const textOf = article => {
    const chunk = Math.floor(article / textsAtOnce);
    chunks[chunk] ??= textsAt(chunk);
    return chunks[chunk][article % textsAtOnce];
  };
  const known = new Map();
  columns.sentence = Int32Array.from(columns.stance, (_, i) => {
    const key = columns.article[i] * 4e6 + columns.sentence_start[i];
    return known.get(key) ?? known.set(key, known.size).get(key);
  });
  return { ...packed, stances: columns, count: columns.stance.length, textOf };
}

/** One stance as an object. */
function stanceAt(data, i) {
  const s = data.stances;
  const actor = a => ({ name: data.actors.name[a], kind: data.actors.kind[a], body: data.actors.body[a],
    linked: data.actors.linked[a] === 1 });
  return {
    index: i, article: s.article[i], stance: STANCES[s.stance[i]], confidence: s.confidence[i] / 10000,
    sentence: [s.sentence_start[i], s.sentence_end[i]],
    source: { ...actor(s.source[i]), span: [s.source_start[i], s.source_end[i]] },
    target: { ...actor(s.target[i]), span: [s.target_start[i], s.target_end[i]] },
    quoted: s.quoted[i] === 1, speaker: s.speaker[i],
    probabilities: ["condemn", "support", "deny", "neutral"].map(name => [name, s[name][i] / 10000]),
    words: data.words[i] ?? null, deletion: data.deletions[i] ?? null,
  };
}

const whole = actor => (actor.body && actor.body !== actor.name ? `${actor.name} (${actor.body})` : actor.name);
const sentenceAt = (data, i) =>
  data.textOf(data.stances.article[i]).slice(data.stances.sentence_start[i], data.stances.sentence_end[i]);

/** Takes only addresses of the web, so that no article can bring a script along. */
const webAddress = url => (/^https?:\/\//i.test(url ?? "") ? url : null);

/** Switches between the colours of the system, light and dark. */
function themeButton() {
  const names = ["auto", "light", "dark"];
  const button = byId("theme");
  button.addEventListener("click", () => {
    const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % 3];
    document.documentElement.dataset.theme = next;
    button.textContent = `Colours: ${next}`;
  });
}
