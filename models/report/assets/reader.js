// The reader: an article with its actors and evidence marked; a stance lights up source, target and words.

/** Cuts [start, end) of a text into paragraphs; the title is the first, as a heading. */
function paragraphsOf(text, title) {
  const paragraphs = [];
  let from = 0;
  const begin = text.length - text.trimStart().length;
  if (title && text.startsWith(title, begin)) {
    from = begin + title.length;
    paragraphs.push({ start: begin, end: from, heading: true });
  }
  for (const match of text.slice(from).matchAll(/\S(?:[^\n]|\n(?![ \t]*\n))*/g))
    paragraphs.push({ start: from + match.index, end: from + match.index + match[0].length, heading: false });
  return paragraphs;
}

/** The words that carried a stance: those that its check deletes, the heaviest first. */
function carriers(stance) {
  if (!stance.words || !stance.deletion) return [];
  return [...stance.words].sort((a, b) => b[2] - a[2]).slice(0, stance.deletion.removed);
}

/** Lists what stances mark in the text: sentence, source, target and the words that carried them. */
function marksOf(stances) {
  return stances.flatMap((stance, k) => {
    const carrying = carriers(stance);
    return [
      { k, role: "sentence", start: stance.sentence[0], end: stance.sentence[1] },
      { k, role: "source", start: stance.source.span[0], end: stance.source.span[1] },
      { k, role: "target", start: stance.target.span[0], end: stance.target.span[1] },
      ...carrying.map(([start, end, weight]) => ({ k, role: "word", start, end, weight: weight / carrying[0][2] })),
    ];
  });
}

/** Fills a box with an article; returns `activate(k)`, which lights up stance k, and `stances`. */
function renderArticle(box, article, stances, { onPin = () => {}, note = null } = {}) {
  const marks = marksOf(stances);
  const text = element("article", { class: "text", lang: "en" });
  const pieces = [];
  const byConfidence = (a, b) => stances[b].confidence - stances[a].confidence;
  const url = webAddress(article.url);
  text.append(element("p", { class: "kicker" }, dayInWords(article.date), " · ",
    url ? element("a", { href: url, rel: "noreferrer noopener", target: "_blank", text: new URL(url).hostname }) : article.id));

  for (const paragraph of paragraphsOf(article.text, article.title)) {
    const inside = marks.filter(mark => mark.start < paragraph.end && mark.end > paragraph.start);
    const cuts = new Set([paragraph.start, paragraph.end]);
    for (const mark of inside) for (const at of [mark.start, mark.end]) if (at > paragraph.start && at < paragraph.end) cuts.add(at);
    const places = [...cuts].sort((a, b) => a - b);
    const block = element(paragraph.heading ? "h2" : "p");
    for (let p = 0; p + 1 < places.length; p++) {
      const covering = inside.filter(mark => mark.start <= places[p] && mark.end >= places[p + 1]);
      const words = article.text.slice(places[p], places[p + 1]);
      if (!covering.length) {
        block.append(words);
        continue;
      }
      const evidence = covering.filter(mark => mark.role === "sentence").map(mark => mark.k).sort(byConfidence);
      const sides = covering.filter(mark => mark.role === "source" || mark.role === "target");
      const span = element("span", { class: "piece", text: words });
      if (evidence.length) span.classList.add("evidence", stances[evidence[0]].stance);
      if (evidence.length && stances[evidence[0]].confidence < UNSURE) span.classList.add("unsure");
      if (sides.length) span.classList.add("mention");
      const sources = sides.filter(mark => mark.role === "source").map(mark => mark.k).sort(byConfidence);
      const own = sources[0] ?? sides.map(mark => mark.k).sort(byConfidence)[0] ?? evidence[0];
      span.addEventListener("pointerenter", () => activate(own, false));
      span.addEventListener("click", () => pin(own));
      pieces.push({ span, covering });
      block.append(span);
    }
    text.append(block);
  }
  const arc = element("svg:svg", { class: "arc", "aria-hidden": "true" });
  text.append(arc);
  let pinned = null;
  let active = null;
  text.addEventListener("pointerleave", () => activate(pinned, false));

  const list = element("ol", { class: "stances", "aria-label": "Stances in this article" });
  const entries = stances.map((stance, k) => {
    const button = element("button", { type: "button", class: `entry ${stance.stance}`, "aria-pressed": "false" },
      sign(stance.stance, 14, stance.confidence < UNSURE ? "unsure" : ""),
      element("span", { class: "who" }, element("b", { text: whole(stance.source) }), ` ${VERBS[stance.stance]} `,
        element("b", { text: whole(stance.target) })),
      confidence(stance));
    button.addEventListener("pointerenter", () => activate(k, false));
    button.addEventListener("pointerleave", () => activate(pinned, false));
    button.addEventListener("focus", () => activate(k, false));
    button.addEventListener("click", () => (pinned === k ? unpin() : pin(k)));
    const detail = element("div", { class: "detail", hidden: true });
    list.append(element("li", {}, button, detail));
    return { button, detail };
  });

  function activate(k, scroll) {
    active = k;
    text.classList.toggle("lit", k !== null);
    for (const { span, covering } of pieces) {
      span.classList.remove("is-sentence", "is-source", "is-target", "is-word", "is-condemn", "is-support", "is-deny");
      for (const mark of covering) {
        if (mark.k !== k) continue;
        span.classList.add(`is-${mark.role}`, `is-${stances[k].stance}`);
        if (mark.role === "word") span.style.setProperty("--weight", mark.weight.toFixed(2));
      }
    }
    entries.forEach(({ button }, at) => button.classList.toggle("active", at === k));
    if (scroll && k !== null) {
      const first = pieces.find(piece => piece.span.classList.contains("is-sentence"));
      first?.span.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
    drawArc();
  }

  function pin(k, scroll = true) {
    pinned = k;
    activate(k, scroll);
    entries.forEach(({ button, detail }, at) => {
      button.setAttribute("aria-pressed", String(at === k));
      detail.hidden = at !== k;
      if (at === k) detail.replaceChildren(...details(stances[k], article));
    });
    if (aside.scrollHeight > aside.clientHeight) entries[k].button.scrollIntoView({ block: "nearest" });
    dock.hidden = false;
    dock.replaceChildren(
      element("button", { type: "button", class: "close", "aria-label": "Close", text: "×", onclick: () => unpin() }),
      element("p", {}, sign(stances[k].stance, 13), ` ${whole(stances[k].source)} ${VERBS[stances[k].stance]} ${whole(stances[k].target)} `, confidence(stances[k])),
      ...details(stances[k], article));
    onPin(k);
  }

  function unpin() {
    pinned = null;
    dock.hidden = true;
    entries.forEach(({ button, detail }) => {
      button.setAttribute("aria-pressed", "false");
      detail.hidden = true;
    });
    activate(null, false);
  }

  function drawArc() {
    arc.replaceChildren();
    if (active === null) return;
    const rect = role => pieces.find(piece => piece.span.classList.contains(`is-${role}`))?.span.getClientRects()[0];
    const [from, to, frame] = [rect("source"), rect("target"), text.getBoundingClientRect()];
    if (!from || !to) return;
    const [x1, x2] = [from, to].map(side => side.left + side.width / 2 - frame.left);
    const down = from.bottom <= to.top + 4;
    const level = !down && from.top < to.bottom - 4;
    const y1 = (down ? from.bottom : from.top) - frame.top;
    const y2 = (down || level ? to.top : to.bottom) - frame.top;
    const into = down || level ? -1 : 1; // the side of the target that the arrow comes from
    const bend = level ? Math.min(26, 10 + Math.abs(x2 - x1) / 12) : Math.max(10, Math.abs(y2 - y1) / 2);
    arc.setAttribute("class", `arc ${stances[active].stance}`);
    arc.append(
      element("svg:path", { class: "line", d: `M${x1} ${y1}C${x1} ${y1 + (down ? bend : -bend)} ${x2} ${y2 + into * (bend + 5)} ${x2} ${y2 + into * 6}` }),
      element("svg:path", { class: "head", d: `M${x2 - 4.5} ${y2 + into * 7}H${x2 + 4.5}L${x2} ${y2}Z` }));
  }
  new ResizeObserver(drawArc).observe(text);

  const dock = element("div", { class: "dock", role: "status", hidden: true });
  const aside = element("div", { class: "side" },
    element("h3", { text: plural(stances.length, "stance") }),
    element("p", { class: "hint", text: stances.length
      ? "Point at one to see who, whom and where. Dashed: confidence under 0.80."
      : "No stance between two actors of this text reaches the chosen confidence." }),
    list, note);
  box.replaceChildren(element("div", { class: "reader" }, text, aside, dock));
  return { activate, pin };
}

/** The confidence as a short bar and a number; an unsure one says so. */
function confidence(stance) {
  const fill = element("i");
  fill.style.width = `${100 * stance.confidence}%`;
  return element("span", { class: `confidence${stance.confidence < UNSURE ? " unsure" : ""}`,
    title: stance.confidence < UNSURE ? "low confidence" : "confidence" },
    element("span", { class: "track", "aria-hidden": "true" }, fill), share(stance.confidence),
    stance.confidence < UNSURE ? element("span", { class: "hidden", text: " low confidence" }) : null);
}

/** What the model thought of a pair, who spoke, and which words carried the stance. */
function details(stance, article) {
  const rows = stance.probabilities.map(([name, probability]) => {
    const fill = element("i", { class: name });
    fill.style.width = `${100 * probability}%`;
    return element("div", { class: "probability" }, element("span", { text: name }),
      element("span", { class: "track" }, fill), element("span", { text: share(probability) }));
  });
  const speech = stance.quoted ? `Quoted${stance.speaker ? `, ${stance.speaker} speaks` : ""}.`
    : stance.speaker ? `Reported speech of ${stance.speaker}.` : null;
  return [
    element("div", { class: "probabilities", "aria-label": "Probabilities" }, ...rows),
    speech ? element("p", { text: speech }) : null,
    ...explanation(stance, article),
  ].filter(part => part !== null);
}

function explanation(stance, article) {
  if (!stance.words) return [];
  const [check, carrying] = [stance.deletion, carriers(stance)];
  if (!carrying.length) return [element("p", { class: "words", text: "No single word carried it." })];
  const words = carrying.flatMap(([start, end], w) => [w ? ", " : "", element("b", { text: article.text.slice(start, end) })]);
  const fall = `Without ${carrying.length === 1 ? "this word" : `these ${carrying.length} words`} the probability goes from ` +
    `${share(check.probability)} to ${share(check.without)}; without as many others, drawn ${check.draws} times, to ${share(check.random)} on average.`;
  return [
    element("p", { class: "words" }, "Carried by ", ...words, "."),
    element("p", { class: check.faithful ? "proof passed" : "proof failed" },
      element("b", { text: check.faithful ? "Holds when checked by deletion. " : "Does not hold when checked by deletion. " }),
      fall, check.faithful ? "" : " Don’t take the marked words for its reason."),
  ];
}
