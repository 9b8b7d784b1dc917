/* Time: decoding of the embedded series, local clock, bins of an hour or a day, and the period on show. */
"use strict";

(() => {
  const DAY = 86400;
  const MAX_STEPS = 800; // a month of hours, a week of quarters of an hour: of more, each would be less than a pixel wide

  /** Whole numbers from base64 of zigzag variable-length integers (microgrid/report/figures/series.py writes them). */
  function decodeIntegers(text, count) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const values = new Float64Array(count);
    let place = 0;
    for (let i = 0; i < count; i += 1) {
      let coded = 0;
      let weight = 1;
      let byte;
      do {
        byte = bytes[place];
        place += 1;
        coded += (byte & 0x7f) * weight; // not shifted: shifts end at 32 bits
        weight *= 128;
      } while (byte & 0x80);
      values[i] = coded % 2 ? -(coded + 1) / 2 : coded / 2;
    }
    return values;
  }

  /** Values of an encoded series; each is the nearest float to the decimal number that was written. */
  function decodeSeries(coded, count) {
    const values = decodeIntegers(coded.data, count);
    const divisor = 10 ** coded.decimals;
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      sum += values[i];
      values[i] = sum / divisor;
    }
    for (const [start, length] of coded.missing || []) values.fill(NaN, start, start + length);
    return values;
  }

  /** The site's clock: UTC seconds to local seconds and back. */
  function makeClock(changes, zone) {
    const offsetAt = (epoch) => {
      let offset = changes[0][1];
      for (const [since, value] of changes) if (epoch >= since) offset = value;
      return offset;
    };
    const local = (epoch) => epoch + offsetAt(epoch);
    const utc = (wall) => wall - offsetAt(wall - offsetAt(wall - changes[0][1]));
    return { local, utc, offsetAt, zone, first: changes[0][1] };
  }

  /** Edges of all steps in UTC seconds: one more than there are steps. */
  function stepEdges(time) {
    const edges = new Float64Array(time.count + 1);
    edges[0] = time.start;
    let place = 0;
    for (const [count, seconds] of time.steps) {
      for (let i = 0; i < count; i += 1, place += 1) edges[place + 1] = edges[place] + seconds;
    }
    return edges;
  }

  /** First step of each bin (and the number of steps at the end): a bin ends where `key` of its start changes. */
  function binStarts(edges, key) {
    const starts = [];
    let last = null;
    for (let i = 0; i < edges.length - 1; i += 1) {
      const own = key(edges[i]);
      if (own !== last) starts.push(i);
      last = own;
    }
    starts.push(edges.length - 1);
    return starts;
  }

  /** Levels of detail: steps, means by hour and by local day; a level is left out unless it is coarser than the one before. */
  function makeLevels(edges, clock) {
    const every = Array.from({ length: edges.length }, (_, i) => i);
    // The hour counts on an unchanging clock, so that the hour repeated in autumn stays two hours.
    const hours = binStarts(edges, (t) => Math.floor((t + clock.first) / 3600));
    const days = binStarts(edges, (t) => Math.floor(clock.local(t) / DAY));
    const levels = [{ name: "steps", starts: every }];
    if (hours.length < every.length) levels.push({ name: "hourly means", starts: hours });
    if (days.length < hours.length && days.length > 8) levels.push({ name: "daily means", starts: days });
    for (const level of levels) level.edges = Float64Array.from(level.starts, (i) => edges[i]);
    return levels;
  }

  /** Mean (weighed by the steps' lengths), least, greatest and last value in each bin of a level. */
  function binned(values, level, edges) {
    const count = level.starts.length - 1;
    const out = { mean: new Float64Array(count), low: new Float64Array(count), high: new Float64Array(count), last: new Float64Array(count) };
    for (let bin = 0; bin < count; bin += 1) {
      let sum = 0;
      let weight = 0;
      let low = Infinity;
      let high = -Infinity;
      for (let i = level.starts[bin]; i < level.starts[bin + 1]; i += 1) {
        const value = values[i];
        if (Number.isNaN(value)) continue;
        const length = edges[i + 1] - edges[i];
        sum += value * length;
        weight += length;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const known = weight > 0;
      out.mean[bin] = known ? sum / weight : NaN;
      out.low[bin] = known ? low : NaN;
      out.high[bin] = known ? high : NaN;
      out.last[bin] = values[level.starts[bin + 1] - 1];
    }
    return out;
  }

  /** All series of the page, decoded and binned when they are first used. `part`: "all", "supply" or "draw". */
  function makeStore(data, edges) {
    const decoded = new Map();
    const cache = new Map();
    const count = edges.length - 1;
    const take = { all: (v) => v, supply: (v) => Math.max(v, 0), draw: (v) => Math.min(v, 0) };
    function values(place) {
      if (!decoded.has(place)) decoded.set(place, decodeSeries(data.series[place], count));
      return decoded.get(place);
    }
    function stats(place, level, part = "all", sign = 1) {
      const key = `${place} ${level.name} ${part} ${sign}`;
      if (!cache.has(key)) cache.set(key, binned(values(place).map((v) => take[part](sign * v)), level, edges));
      return cache.get(key);
    }
    return { values, stats, about: (place) => data.series[place] };
  }

  /** Place of the bin that holds a time; the edges are sorted. */
  function binAt(edges, time) {
    let low = 0;
    let high = edges.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (edges[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The finest level that shows a period in a readable number of steps. */
  function levelFor(levels, from, to) {
    const fits = (level) => binAt(level.edges, to) - binAt(level.edges, from) <= MAX_STEPS;
    return levels.find(fits) || levels[levels.length - 1];
  }

  /** Everything about time, from the page's data. */
  function makeTimeline(data) {
    const edges = stepEdges(data.time);
    const clock = makeClock(data.time.offsets, data.time.zone);
    const levels = makeLevels(edges, clock);
    const timeline = { edges, clock, levels, from: edges[0], to: edges[edges.length - 1], listeners: [] };
    timeline.start = timeline.from;
    timeline.end = timeline.to;
    timeline.store = makeStore(data, edges);
    timeline.level = () => levelFor(levels, timeline.from, timeline.to);
    timeline.show = (from, to, source = null) => {
      const length = Math.min(Math.max(to - from, edges[1] - edges[0]), timeline.end - timeline.start);
      timeline.from = Math.min(Math.max(from, timeline.start), timeline.end - length);
      timeline.to = timeline.from + length;
      for (const listener of timeline.listeners) listener(source);
    };
    return timeline;
  }

  Object.assign(microgrid, { DAY, decodeSeries, makeTimeline, binAt, binned });
})();
