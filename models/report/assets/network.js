// The directed network: nodes are actors, edges stances; blocs stand together on a grey ground.

const EDGES = 700;
const LEAST = [1, 2, 3, 5, 10, 20, 50, 100];
const network = { places: new Map(), zoom: 1, pan: [0, 0], node: null };

/** Picks the nodes with most stances and the ties among them that are strong enough. */
function netOf(dyads, most, least, others) {
  const weight = new Map();
  for (const { source, target, records } of dyads.values()) {
    if (source === target || records.length < least || source === others || target === others) continue;
    for (const end of [source, target]) weight.set(end, (weight.get(end) ?? 0) + records.length);
  }
  const nodes = [...weight].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most).map(([at, total]) => ({ at, total }));
  const place = new Map(nodes.map((node, n) => [node.at, n]));
  const ties = [...dyads.values()].filter(d => d.source !== d.target && d.records.length >= least && place.has(d.source) && place.has(d.target))
    .map(dyad => ({ dyad, source: place.get(dyad.source), target: place.get(dyad.target), counts: dyad.counts }));
  return { nodes, ties, all: weight.size };
}

/** The least number of sentences of a tie that keeps the picture readable. */
function readable(group, dyads, most) {
  return LEAST.find(least => netOf(dyads, most, least, group.names.indexOf(OTHERS)).ties.length <= Math.max(90, 1.3 * most)) ?? LEAST.at(-1);
}

function renderNetwork(box, { group, level, dyads, most, least, open, stanceOf }) {
  const { nodes, ties, all } = netOf(dyads, most, least, group.names.indexOf(OTHERS));
  if (!nodes.length) {
    box.replaceChildren(element("p", { class: "empty", text: least > 1
      ? `No two ${level === "kind" ? "kinds" : "actors"} have ${least} stances between them. Lower the threshold.`
      : "No stances between two different actors pass the filters." }));
    return;
  }
  const bloc = blocsOf(nodes.length, ties);
  const known = nodes.map(node => network.places.get(`${level} ${node.at}`));
  const missing = known.filter(place => !place).length;
  const rounds = missing > nodes.length / 4 ? (nodes.length > 150 ? 140 : 300) : missing ? 30 : 0;
  const places = rounds ? placeNodes(nodes.length, ties, bloc, known, rounds) : known;
  nodes.forEach((node, n) => network.places.set(`${level} ${node.at}`, places[n]));

  const width = Math.max(320, box.clientWidth || 800);
  const height = Math.round(Math.min(760, Math.max(460, width * (nodes.length > 60 ? 0.85 : 0.66))));
  const [marginX, marginY] = [Math.min(110, width * 0.14), 44];
  const project = ([x, y]) => [
    width / 2 + ((x - 0.5) * (width - 2 * marginX)) * network.zoom + network.pan[0],
    height / 2 + ((y - 0.5) * (height - 2 * marginY)) * network.zoom + network.pan[1]];
  const heaviest = nodes[0].total;
  for (const [n, node] of nodes.entries()) {
    [node.x, node.y] = project(places[n]);
    node.radius = (3.5 + 12 * Math.sqrt(node.total / heaviest)) * (nodes.length > 120 ? 0.75 : 1);
    node.name = group.names[node.at];
  }
  const drawing = element("svg:svg", { class: `network${nodes.length > 80 ? " dense" : ""}`, width, height, viewBox: `0 0 ${width} ${height}`,
    role: "group", "aria-label": `Network of ${nodes.length} actors; arrow keys walk from one to the next` });
  drawing.append(arrowHeads(), element("svg:g", { class: "blocs" }, ...blocShapes(nodes, bloc)));
  const edges = edgesOf(nodes, ties);
  drawing.append(element("svg:g", { class: "edges" }, ...edges.map(edge => edge.path)));
  const named = placeLabels(nodes, width, height);
  const circles = nodes.map((node, n) => {
    const label = named[n];
    return element("svg:g", { class: "node", tabindex: n ? "-1" : "0", role: "button", "data-n": n,
      "aria-label": `${node.name}: ${plural(node.total, "stance")}` },
      element("svg:circle", { cx: node.x, cy: node.y, r: node.radius }),
      element("svg:text", { x: label?.x ?? node.x, y: label?.y ?? node.y - node.radius - 5, "text-anchor": label?.anchor ?? "middle",
        class: label ? "" : "spare", text: node.name }));
  });
  drawing.append(element("svg:g", { class: "nodes" }, ...circles));
  listen(drawing, { nodes, edges, circles, group, dyads, open, stanceOf, again: () => renderNetwork(box, { group, level, dyads, most, least, open, stanceOf }) });
  const left = ties.length && edges.dropped ? ` The ${number(edges.dropped)} weakest edges are left out.` : "";
  const blocs = new Set(bloc).size - [...new Set(bloc)].filter(b => bloc.filter(other => other === b).length < 2).length;
  box.replaceChildren(drawing, networkLegend(), element("p", { class: "caption", text:
    `${plural(nodes.length, "node")} of ${number(all)}, ${plural(edges.length, "edge")}.${left} ` +
    (group.names.includes(OTHERS) ? "Actors that no table knows are left out; “by actor” shows them. " : "") +
    (blocs ? `Grey grounds join ${plural(blocs, "bloc")}: who support each other more, and condemn each other less, than chance has it.` : "") }));
}

function arrowHeads() {
  return element("svg:defs", {}, ...STANCES.map(stance => element("svg:marker", { id: `head-${stance}`, viewBox: "0 0 8 8", refX: 6.5,
    refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" },
    element("svg:path", { class: stance, d: "M0 .8 7 4 0 7.2Z" }))));
}

/** Draws an edge for every stance of a tie, bowed so that both directions and all stances can be told apart. */
function edgesOf(nodes, ties) {
  const single = ties.flatMap(tie => STANCES.flatMap((stance, s) => (tie.counts[s] ? [{ tie, stance, s, count: tie.counts[s] }] : [])));
  single.sort((a, b) => b.count - a.count);
  const kept = single.slice(0, EDGES).reverse();
  for (const edge of kept) {
    const [a, b] = [nodes[edge.tie.source], nodes[edge.tie.target]];
    const [ox, oy] = [b.x - a.x, b.y - a.y];
    const far = Math.hypot(ox, oy) || 1;
    const bow = (0.1 + 0.09 * edge.s) * Math.min(far, 260);
    const [mx, my] = [(a.x + b.x) / 2 - (oy / far) * bow, (a.y + b.y) / 2 + (ox / far) * bow];
    const toward = (from, radius) => {
      const length = Math.hypot(mx - from.x, my - from.y) || 1;
      return [from.x + ((mx - from.x) / length) * radius, from.y + ((my - from.y) / length) * radius];
    };
    const [[x1, y1], [x2, y2]] = [toward(a, a.radius + 1), toward(b, b.radius + 2)];
    edge.path = element("svg:path", { class: `edge ${edge.stance}`, d: `M${x1.toFixed(1)} ${y1.toFixed(1)}Q${mx.toFixed(1)} ${my.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`,
      "stroke-width": Math.min(5, nodes.length > 80 ? 0.7 + 0.25 * Math.sqrt(edge.count) : 0.9 + 0.7 * Math.sqrt(edge.count)).toFixed(1), "marker-end": `url(#head-${edge.stance})` },
      element("svg:title", { text: `${a.name} ${VERBS[edge.stance]} ${b.name}: ${plural(edge.count, "sentence")}` }));
  }
  kept.dropped = single.length - kept.length;
  return kept;
}

function blocShapes(nodes, bloc) {
  const members = new Map();
  nodes.forEach((node, n) => members.set(bloc[n], [...(members.get(bloc[n]) ?? []), [node.x, node.y]]));
  return [...members.values()].filter(points => points.length > 1)
    .map(points => element("svg:path", { d: joined(points).map(line => `M${line.map(point => point.map(v => v.toFixed(1)).join(" ")).join("L")}`).join("") }));
}

/** Names nodes, the heaviest first, where a name hides no other; but those of the first eight; others show theirs when pointed at. */
function placeLabels(nodes, width, height) {
  const taken = nodes.map(node => [node.x - node.radius, node.y - node.radius, node.x + node.radius, node.y + node.radius]);
  const free = box => box[0] > 2 && box[2] < width - 2 && box[1] > 2 && box[3] < height - 2 &&
    !taken.some(other => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
  return nodes.map((node, n) => {
    const wide = 6.3 * node.name.length + 2;
    const { x, y, radius } = node;
    for (const [anchor, lx, ly, left] of [["start", x + radius + 4, y + 4, x + radius + 4], ["end", x - radius - 4, y + 4, x - radius - 4 - wide],
      ["middle", x, y - radius - 5, x - wide / 2], ["middle", x, y + radius + 13, x - wide / 2]]) {
      const box = [left, ly - 11, left + wide, ly + 3];
      if (!free(box)) continue;
      taken.push(box);
      return { x: lx, y: ly, anchor };
    }
    return n < 8 ? { x, y: y + radius + 13, anchor: "middle" } : null;
  });
}

/** Pointing, clicking, arrow keys, dragging and zooming. */
function listen(drawing, { nodes, edges, circles, group, dyads, open, stanceOf, again }) {
  const show = n => {
    drawing.classList.toggle("lit", n !== null);
    const near = new Set([n]);
    for (const { tie, path } of edges) {
      const touches = tie.source === n || tie.target === n;
      path.classList.toggle("on", touches);
      if (touches) near.add(tie.source).add(tie.target);
    }
    circles.forEach((circle, at) => circle.classList.toggle("on", near.has(at)));
  };
  const openNode = n => {
    const at = nodes[n].at;
    const records = [...dyads.values()].filter(dyad => dyad.source === at || dyad.target === at).flatMap(dyad => dyad.records);
    open(group.names[at], records, { around: at });
  };
  circles.forEach((circle, n) => {
    circle.addEventListener("pointerenter", () => show(n));
    circle.addEventListener("pointerleave", () => show(null));
    circle.addEventListener("focus", () => show(n));
    circle.addEventListener("blur", () => show(null));
    circle.addEventListener("click", () => openNode(n));
    circle.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openNode(n); }
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const ahead = nodes.map((node, at) => ({ at, along: (node.x - nodes[n].x) * step[0] + (node.y - nodes[n].y) * step[1],
        aside: Math.abs((node.x - nodes[n].x) * step[1]) + Math.abs((node.y - nodes[n].y) * step[0]) }))
        .filter(({ along }) => along > 1).sort((a, b) => a.along + 2 * a.aside - b.along - 2 * b.aside)[0];
      if (ahead) focusOne(circles, circles[ahead.at]);
    });
  });
  for (const { path, tie, stance, s } of edges)
    path.addEventListener("click", () => open(`${nodes[tie.source].name} ${VERBS[stance]} ${nodes[tie.target].name}`,
      tie.dyad.records.filter(i => stanceOf[i] === s), { source: tie.dyad.source, target: tie.dyad.target }));
  let from = null;
  drawing.addEventListener("pointerdown", event => (from = event.target === drawing ? [event.clientX, event.clientY] : null));
  drawing.addEventListener("pointerup", event => {
    if (!from) return;
    const moved = [event.clientX - from[0], event.clientY - from[1]];
    from = null;
    if (Math.hypot(...moved) < 4) return;
    network.pan = [network.pan[0] + moved[0], network.pan[1] + moved[1]];
    again();
  });
}

function networkLegend() {
  const line = stance => element("svg:svg", { width: 34, height: 10, class: "network", "aria-hidden": "true" },
    element("svg:path", { class: `edge ${stance}`, d: "M1 5H28", "stroke-width": 2 }), element("svg:path", { class: `tip ${stance}`, d: "M26 1.5 33 5 26 8.5Z" }));
  return element("div", { class: "legend" }, ...STANCES.map(stance => element("span", {}, line(stance), ` ${VERBS[stance]}`)),
    element("span", { text: "width: sentences" }), element("span", { text: "size of a node: stances given and received" }));
}
