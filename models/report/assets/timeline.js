// The timeline of a dyad: support above the line, condemnation below it, denials under
// both; change points marked.

const LONGEST = 1500; // periods that are drawn
const STEPS = { day: "day", week: "week", month: "month" };

/** The first day of the day, week (Monday) or month that a day is in, as a number of days. */
function periodOf(day, step) {
  const time = Date.parse(`${day}T00:00Z`) / 864e5;
  if (step === "week") return time - ((((time + 3) % 7) + 7) % 7);
  return step === "month" ? Date.parse(`${day.slice(0, 7)}-01T00:00Z`) / 864e5 : time;
}

const dayText = time => new Date(time * 864e5).toISOString().slice(0, 10);

function nextPeriod(time, step) {
  if (step !== "month") return time + (step === "week" ? 7 : 1);
  const date = new Date(time * 864e5);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 864e5;
}

/** Counts records by period, empty ones between the first and the last included. */
function seriesOf(records, days, stanceOf, step, [first, last]) {
  const periods = [];
  const place = new Map();
  for (let time = first; time <= last && periods.length <= LONGEST; time = nextPeriod(time, step)) {
    place.set(time, periods.length);
    periods.push({ time, counts: [0, 0, 0], records: [] });
  }
  for (const i of records) {
    const period = days[i] && periods[place.get(periodOf(days[i], step))];
    if (!period) continue;
    period.counts[stanceOf[i]]++;
    period.records.push(i);
  }
  return periods;
}

function periodInWords(time, step) {
  if (step === "month") return dayInWords(dayText(time), { month: "long", year: "numeric" });
  return (step === "week" ? "week of " : "") + dayInWords(dayText(time));
}

/** Rounds a largest count up to one that an axis shows well. */
function niceTop(count) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, count)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map(step => step * unit).find(top => top >= count);
}

/**
 * Draws one panel a direction. `series` is a list of {title, records}; `small` are further ones, drawn small beneath, that
 * `choose` makes the large ones.
 */
function renderTimeline(box, { series, small, days, stanceOf, step, open, choose }) {
  const dated = series.flatMap(one => one.records).filter(i => days[i]).map(i => periodOf(days[i], step));
  const undated = series.flatMap(one => one.records).filter(i => !days[i]);
  const note = undated.length ? element("p", { class: "caption" }, element("button", { type: "button", class: "link",
    text: `${plural(undated.length, "stance")} in articles without a date`, onclick: () => open("Without a date", undated, {}) }), " stand in no period.") : null;
  if (!dated.length) {
    box.replaceChildren(element("p", { class: "empty", text: undated.length
      ? "None of these articles has a date. Give them a field published (2024-03-05) to see them over time."
      : "No stances of this dyad pass the filters. Choose another one, or “anyone”." }), ...(note ? [note] : []));
    return;
  }
  const range = [dated.reduce((a, b) => Math.min(a, b)), dated.reduce((a, b) => Math.max(a, b))];
  const filled = list => list.map(one => ({ ...one, periods: seriesOf(one.records, days, stanceOf, step, range) }));
  const topOf = panels => niceTop(Math.max(1, ...panels.flatMap(panel => panel.periods.map(period => Math.max(period.counts[0], period.counts[1])))));
  const [panels, multiples] = [filled(series), filled(small)];
  const cut = panels[0].periods.length > LONGEST;
  const width = box.clientWidth || 800;
  for (const panel of panels) panel.changed = changePoints(panel.periods.map(period => period.counts)).length > 0;
  const columns = Math.max(1, Math.floor((width + 28) / 278));
  box.replaceChildren(...panels.map(panel => timelinePanel(panel, { top: topOf(panels), step, open, width, half: panels.length > 1 ? 74 : 92 })),
    element("div", { class: "legend" }, element("span", {}, sign("support"), " supports, upwards"), element("span", {}, sign("condemn"), " condemns, downwards"),
      element("span", {}, sign("deny"), " denies, outlined"), panels.some(panel => panel.changed) ? element("span", {}, element("span", { class: "flag", text: "1" }), " the rates change here") : null),
    ...(cut ? [element("p", { class: "caption", text: `Only the first ${LONGEST} ${step}s are drawn: choose longer periods.` })] : []),
    ...(note ? [note] : []),
    ...(multiples.length ? [element("div", { class: "multiples" }, element("h3", { text: "Most frequent dyads, on one scale" }),
      ...multiples.map(panel => timelinePanel(panel, { top: topOf(multiples), step, open, choose, half: 34, width: (width - 28 * (columns - 1)) / columns })))] : []));
}

/** Draws a panel; with `choose` it is a small one, whose title makes it the large one. */
function timelinePanel({ title, periods, records, where }, { top, step, open, width, half, choose = null }) {
  const [left, right, middle] = [choose ? 18 : 34, 6, half + (choose ? 4 : 20)];
  const wide = (width - left - right) / periods.length;
  const scale = count => (count / top) * half;
  const most = Math.max(0, ...periods.map(period => period.counts[2]));
  const floor = middle + half + 9; // where the denials hang
  const height = floor + Math.min(half, scale(most)) + 24;
  const changes = choose ? [] : changePoints(periods.map(period => period.counts));
  const drawing = element("svg:svg", { class: "timeline", width, height, viewBox: `0 0 ${width} ${height}`, role: "group",
    "aria-label": `${title}, ${plural(periods.length, step)}; arrow keys walk through them` });
  const ticks = choose ? [top] : top % 2 === 0 ? [top, top / 2] : [top];
  for (const [count, y] of ticks.flatMap(tick => [[tick, middle - scale(tick)], [tick, middle + scale(tick)]]))
    drawing.append(element("svg:line", { class: "rule", x1: left, x2: width - right, y1: y, y2: y }),
      element("svg:text", { class: "tick", x: left - 5, y: y + 4, "text-anchor": "end", text: number(count) }));
  const bars = periods.map((period, p) => {
    const x = left + p * wide;
    const bar = Math.max(1, Math.min(wide - Math.min(2, wide * 0.25), 26));
    const at = x + (wide - bar) / 2;
    const said = `${periodInWords(period.time, step)}: ${inWords(period.counts) || "none"}`;
    const rect = (stance, y, tall) => tall ? element("svg:rect", { class: stance, x: at, y, width: bar, height: Math.max(1.5, tall) }) : null;
    const [condemn, support, deny] = period.counts.map(scale);
    return element("svg:g", { class: "period", role: "button", tabindex: "-1", "aria-label": said },
      element("svg:title", { text: said }), element("svg:rect", { class: "hit", x, y: middle - half, width: wide, height: height - middle + half - 18 }),
      rect("support", middle - support, support), rect("condemn", middle, condemn), rect("deny", floor, Math.min(half, deny)));
  });
  drawing.append(...bars, element("svg:line", { class: "axis", x1: left, x2: width - right, y1: middle, y2: middle }), ...axisLabels(periods, step, { left, wide, width, y: height - 5 }));
  changes.forEach((at, c) => {
    const x = left + at * wide;
    drawing.append(element("svg:line", { class: "change", x1: x, x2: x, y1: 17, y2: height - 20 }),
      element("svg:circle", { class: "flag", cx: x, cy: 9, r: 8 }), element("svg:text", { class: "flagtext", x, y: 12.5, "text-anchor": "middle", text: c + 1 }));
  });
  walkPeriods(bars, periods, period => open(`${title}, ${periodInWords(period.time, step)}`, period.records, {}));
  const sums = STANCES.map((_, s) => periods.reduce((sum, period) => sum + period.counts[s], 0));
  return element("figure", { class: "panel-figure" },
    element("figcaption", {}, choose ? element("button", { type: "button", class: "link", text: title, onclick: () => choose(where) }) : element("b", { text: title }), tally(sums)),
    drawing, changeList(periods, changes, step, title, open), records.length ? null : element("p", { class: "empty", text: "No stances in this direction." }));
}

/** Says of each change point what changed, and opens the sentences after it. */
function changeList(periods, changes, step, title, open) {
  if (!changes.length) return null;
  const edges = [0, ...changes, periods.length];
  const rate = (from, to, s) => periods.slice(from, to).reduce((sum, period) => sum + period.counts[s], 0) / (to - from);
  return element("ol", { class: "changes" }, ...changes.map((at, c) => {
    const moved = STANCES.map((stance, s) => ({ stance, before: rate(edges[c], at, s), after: rate(at, edges[c + 2], s) }))
      .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))[0];
    return element("li", {}, element("button", { type: "button", class: "link",
      text: `${periodInWords(periods[at].time, step)}: ${moved.stance} goes from ${moved.before.toFixed(1)} to ${moved.after.toFixed(1)} a ${step}`,
      onclick: () => open(`${title}, after change ${c + 1}`, periods.slice(at, edges[c + 2]).flatMap(period => period.records), {}) }));
  }));
}

function axisLabels(periods, step, { left, wide, width, y }) {
  const every = Math.ceil(periods.length / Math.max(2, Math.floor(width / 95)));
  const form = step === "month" ? { month: "short", year: "numeric" } : { day: "numeric", month: "short", ...(periods.length > 300 ? { year: "2-digit" } : {}) };
  return periods.flatMap((period, p) => (p % every ? [] : [element("svg:text", { class: "tick", x: left + (p + 0.5) * wide, y,
    "text-anchor": p === 0 && wide < 40 ? "start" : left + (p + 0.5) * wide > width - 24 ? "end" : "middle", text: dayInWords(dayText(period.time), form) })]));
}

/** Lets the arrow keys walk over periods that hold something; one of them is reached by Tab. */
function walkPeriods(bars, periods, openPeriod) {
  const filled = bars.filter((_, p) => periods[p].records.length);
  filled[0]?.setAttribute("tabindex", "0");
  bars.forEach((bar, p) => {
    if (!periods[p].records.length) return bar.removeAttribute("role");
    bar.addEventListener("click", () => openPeriod(periods[p]));
    bar.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openPeriod(periods[p]); }
      const to = filled[filled.indexOf(bar) + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0)];
      if (!to || to === bar) return;
      event.preventDefault();
      focusOne(filled, to);
    });
  });
}
