// Change points: where the rate of stances in a series of periods changes.

const SHORTEST = 3; // periods between two changes
const ENOUGH = 8; // periods that a series needs

/**
 * Finds change points by optimal partitioning (Jackson et al., IEEE Signal Processing Letters 12, 2005) with Poisson
 * costs summed over the stances. A change must pay 2 log n, the Bayesian information criterion for three rates and a
 * place, times the dispersion of the counts where news comes in bursts. Takes periods as [condemn, support, deny];
 * returns the index of the first period after each change.
 */
function changePoints(periods) {
  const n = periods.length;
  if (n < ENOUGH) return [];
  const sums = [[0, 0, 0]];
  for (const counts of periods) sums.push(counts.map((count, s) => sums.at(-1)[s] + count));
  const cost = (from, to) => STANCES.reduce((total, _, s) => {
    const count = sums[to][s] - sums[from][s];
    return total - (count ? count * Math.log(count / (to - from)) : 0);
  }, 0);
  const penalty = 2 * Math.log(n) * dispersion(periods);
  const best = [-penalty];
  const last = [0];
  for (let to = 1; to <= n; to++) {
    [best[to], last[to]] = [Infinity, 0];
    for (let from = 0; from <= to - SHORTEST; from++) {
      const value = best[from] + cost(from, to) + penalty;
      if (value < best[to] - 1e-9) [best[to], last[to]] = [value, from];
    }
  }
  const found = [];
  for (let at = last[n]; at > 0; at = last[at]) found.unshift(at);
  return found;
}

/** Variance over mean, at least 1, from the differences of neighbours, which a lasting change hardly touches. */
function dispersion(periods) {
  const totals = periods.map(counts => counts[0] + counts[1] + counts[2]);
  const mean = totals.reduce((a, b) => a + b, 0) / totals.length;
  let squares = 0;
  for (let t = 1; t < totals.length; t++) squares += (totals[t] - totals[t - 1]) ** 2;
  return mean ? Math.max(1, squares / (2 * (totals.length - 1)) / mean) : 1;
}
