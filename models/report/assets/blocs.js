// Blocs and places of the network: who stands with whom, and where each is drawn.

/**
 * Finds blocs: groups that support each other more, and condemn each other less, than chance has it. Local moving by
 * signed modularity (Gómez, Jensen & Arenas, Physical Review E 80, 2009). Returns the bloc of each node.
 */
function blocsOf(size, ties) {
  const links = Array.from({ length: size }, () => new Map());
  const degree = { plus: new Float64Array(size), minus: new Float64Array(size) };
  let [plus, minus] = [0, 0];
  for (const { source, target, counts } of ties) {
    if (source === target) continue;
    for (const [a, b] of [[source, target], [target, source]]) {
      const link = links[a].get(b) ?? { plus: 0, minus: 0 };
      link.minus += counts[0];
      link.plus += counts[1];
      links[a].set(b, link);
      degree.plus[a] += counts[1];
      degree.minus[a] += counts[0];
      plus += counts[1];
      minus += counts[0];
    }
  }
  const bloc = Int32Array.from({ length: size }, (_, at) => at);
  const sums = { plus: degree.plus.slice(), minus: degree.minus.slice() };
  for (let sweep = 0, moved = true; moved && sweep < 30; sweep++) {
    moved = false;
    for (let node = 0; node < size; node++) {
      const from = bloc[node];
      sums.plus[from] -= degree.plus[node];
      sums.minus[from] -= degree.minus[node];
      const tied = new Map([[from, 0]]);
      for (const [other, link] of links[node]) tied.set(bloc[other], (tied.get(bloc[other]) ?? 0) + link.plus - link.minus);
      const gain = to => tied.get(to) - (plus ? (degree.plus[node] * sums.plus[to]) / plus : 0) +
        (minus ? (degree.minus[node] * sums.minus[to]) / minus : 0);
      let best = from;
      for (const [to, weight] of tied) if (weight > 0 && gain(to) > gain(best) + 1e-9) best = to;
      sums.plus[best] += degree.plus[node];
      sums.minus[best] += degree.minus[node];
      if (best !== from) [bloc[node], moved] = [best, true];
    }
  }
  return bloc;
}

/**
 * Places nodes in the unit square by forces: all push each other off, ties pull, support closer than condemnation,
 * and members of a bloc gather. `places` are the starting points, [x, y] or none; the same input gives the same picture.
 */
function placeNodes(size, ties, bloc, places, rounds) {
  const x = new Float64Array(size);
  const y = new Float64Array(size);
  const blocs = [...new Set(bloc)];
  for (let n = 0; n < size; n++) {
    const turn = (2 * Math.PI * blocs.indexOf(bloc[n])) / blocs.length;
    const spiral = Math.sqrt((n + 0.5) / size);
    [x[n], y[n]] = places[n] ?? [0.5 + 0.3 * Math.cos(turn) + 0.2 * spiral * Math.cos(2.4 * n), 0.5 + 0.3 * Math.sin(turn) + 0.2 * spiral * Math.sin(2.4 * n)];
  }
  const ideal = 0.9 / Math.sqrt(size + 1);
  const weight = new Float64Array(size).fill(1);
  for (const { source, target } of ties) for (const end of [source, target]) weight[end] = Math.min(3, weight[end] + 0.12);
  const [dx, dy] = [new Float64Array(size), new Float64Array(size)];
  for (let round = 0; round < rounds; round++) {
    const heat = 0.1 * (1 - round / rounds) + 0.002;
    dx.fill(0);
    dy.fill(0);
    for (let a = 0; a < size; a++)
      for (let b = 0; b < a; b++) {
        const [ox, oy] = [x[a] - x[b] || 1e-4 * (a - b), y[a] - y[b] || 1e-4];
        const push = (ideal * ideal * weight[a] * weight[b]) / (ox * ox + oy * oy + 1e-6);
        dx[a] += ox * push; dy[a] += oy * push;
        dx[b] -= ox * push; dy[b] -= oy * push;
      }
    const pull = (a, b, strength, rest) => {
      const [ox, oy] = [x[a] - x[b], y[a] - y[b]];
      const far = Math.hypot(ox, oy) + 1e-6;
      const force = (strength * (far - rest)) / far;
      dx[a] -= ox * force; dy[a] -= oy * force;
      dx[b] += ox * force; dy[b] += oy * force;
    };
    for (const { source, target, counts } of ties) {
      if (source === target) continue;
      const friendly = counts[1] >= counts[0];
      const strength = (friendly ? 0.2 : 0.08) * Math.min(1, Math.log2(1 + counts[0] + counts[1] + counts[2]) / 4);
      pull(source, target, strength, ideal * (friendly ? 1 : 1.8));
    }
    const middle = new Map();
    for (let n = 0; n < size; n++) {
      const m = middle.get(bloc[n]) ?? middle.set(bloc[n], [0, 0, 0]).get(bloc[n]);
      m[0] += x[n]; m[1] += y[n]; m[2]++;
    }
    for (let n = 0; n < size; n++) {
      const [sx, sy, count] = middle.get(bloc[n]);
      if (count > 1) { dx[n] += 0.12 * (sx / count - x[n]); dy[n] += 0.12 * (sy / count - y[n]); }
      dx[n] += 0.06 * (0.5 - x[n]);
      dy[n] += 0.06 * (0.5 - y[n]);
      const length = Math.hypot(dx[n], dy[n]) + 1e-9;
      const step = Math.min(length, heat);
      x[n] += (dx[n] / length) * step;
      y[n] += (dy[n] / length) * step;
    }
  }
  return fitted(x, y);
}

/** Stretches points to fill the unit square. */
function fitted(x, y) {
  const scale = values => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return value => (high - low < 1e-6 ? 0.5 : (value - low) / (high - low));
  };
  const [sx, sy] = [scale(x), scale(y)];
  return Array.from(x, (value, n) => [sx(value), sy(y[n])]);
}

/** Joins points by the shortest lines that hold together (Prim); returns pairs of points. */
function joined(points) {
  const [inside, outside] = [[points[0]], points.slice(1)];
  const lines = [];
  while (outside.length) {
    let best = null;
    for (const a of inside) for (const [at, b] of outside.entries()) {
      const far = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (!best || far < best.far) best = { a, b, at, far };
    }
    lines.push([best.a, best.b]);
    inside.push(...outside.splice(best.at, 1));
  }
  return lines;
}
