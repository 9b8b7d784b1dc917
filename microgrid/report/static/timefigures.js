/* Figures over time. All follow the timeline: a short period shows steps, a longer one means over bins. */
"use strict";

(() => {
  const { byId, element, theme, figure, mix, number, amount, binAt, spanText, ticks, tickText, DAY } = microgrid;
  const isTouch = matchMedia("(pointer: coarse)").matches;

  /** A figure on the timeline: `content(bins, look)` gives series, y axis and tooltip for the bins on show. */
  function linked(timeline, host, content) {
    let chart = null;
    const build = (width) => timeOption(timeline, content, width || (chart ? chart.getWidth() : host.clientWidth));
    chart = figure(host, build, {
      datazoom: () => {
        const { startValue, endValue } = chart.getOption().dataZoom[0];
        timeline.show(startValue, endValue, host.id);
      },
    });
    const isVisible = whenVisible(host, () => refresh());
    const refresh = (source) => {
      if (!isVisible()) return;
      const option = build();
      if (source === host.id) delete option.dataZoom;
      chart.setOption(option, { replaceMerge: ["series"] });
    };
    timeline.listeners.push(refresh);
    return refresh;
  }

  /** Figures out of sight are redrawn when they come into sight, so that moving the period stays quick. */
  function whenVisible(host, redraw) {
    let visible = true;
    let stale = false;
    new IntersectionObserver(([entry]) => {
      visible = entry.isIntersecting;
      if (visible && stale) redraw();
    }, { rootMargin: "200px" }).observe(host);
    return () => {
      stale = !visible;
      return visible;
    };
  }

  function timeOption(timeline, content, width) {
    const level = timeline.level();
    const bins = { level, first: binAt(level.edges, timeline.from), last: binAt(level.edges, timeline.to - 1) };
    bins.isMeans = level !== timeline.levels[0];
    bins.inset = (2.4 * (timeline.to - timeline.from)) / Math.max(width - 70, 100);
    const shown = content(bins);
    const at = ticks(timeline.from, timeline.to, timeline.clock, width - 70).filter((time) => time < timeline.end || timeline.to - timeline.from < 2 * DAY);
    const format = (time) => tickText(time, timeline.clock, timeline.to - timeline.from);
    // On a touch screen a finger on a figure scrolls the page; the slider and the buttons choose the period.
    const [min, max] = isTouch ? [timeline.from, timeline.to] : [timeline.start, timeline.end];
    return {
      grid: { left: 56, right: 14, top: 28, bottom: 28 },
      xAxis: microgrid.plainAxis({
        type: "value", min, max,
        axisLabel: { color: theme().soft, customValues: at, formatter: format, hideOverlap: true, margin: 10 },
        axisTick: { show: true, customValues: at, lineStyle: { color: theme().muted } },
      }),
      yAxis: shown.yAxis,
      series: shown.series,
      tooltip: microgrid.tooltipLook((params) => shown.tooltip(pointedBin(params, bins))),
      dataZoom: isTouch ? [] : [{
        type: "inside", filterMode: "none", startValue: timeline.from, endValue: timeline.to, zoomOnMouseWheel: "ctrl",
        moveOnMouseWheel: false, throttle: 60, minValueSpan: timeline.edges[1] - timeline.edges[0],
      }],
    };
  }

  function pointedBin(params, bins) {
    const time = (Array.isArray(params) ? params[0] : params).axisValue;
    return Math.min(binAt(bins.level.edges, time), bins.level.edges.length - 2);
  }

  /**
   * Corners of a step line: each bin's value from its start to its end. Not ECharts' own steps: it leaves out a corner
   * less than two pixels from the last, and the flat line to the next one then slants. A point a little further in is kept.
   */
  function stepPoints(values, bins) {
    const points = [];
    const { edges } = bins.level;
    for (let bin = bins.first; bin <= bins.last; bin += 1) {
      points.push([edges[bin], values[bin]]);
      if (edges[bin] + bins.inset < edges[bin + 1]) points.push([edges[bin] + bins.inset, values[bin]]);
      points.push([edges[bin + 1], values[bin]]);
    }
    return points;
  }

  /** States hold at the end of a step, and change evenly between the ends. */
  function statePoints(values, bins) {
    const points = [];
    for (let bin = Math.max(bins.first - 1, 0); bin <= bins.last; bin += 1) points.push([bins.level.edges[bin + 1], values[bin]]);
    return points;
  }

  function stepLine(name, data, colour, extra = {}) {
    return {
      type: "line", name, data, symbol: "none", lineStyle: { color: colour, width: 1.5 },
      itemStyle: { color: colour }, emphasis: { disabled: true }, ...extra,
    };
  }

  function binText(timeline, bins, bin) {
    return spanText(bins.level.edges[bin], bins.level.edges[bin + 1], timeline.clock);
  }

  // ---- energy balance -------------------------------------------------------------------------------------------

  function drawBalance(timeline, data) {
    const state = { node: 0, hidden: new Set() };
    const refresh = linked(timeline, byId("balance"), (bins) => balanceContent(timeline, data, state, bins));
    const showLegend = () => microgrid.legend(byId("balance-legend"), balanceEntries(timeline, data, state), (name, shown) => {
      if (shown) state.hidden.delete(name);
      else state.hidden.add(name);
      refresh();
    });
    showLegend();
    if (data.balances.length > 1) pickNode(data, state, () => { showLegend(); refresh(); });
  }

  function pickNode(data, state, changed) {
    byId("balance-picker").hidden = false;
    const options = data.balances.map((one, place) => element("option", { value: String(place) }, `${one.node} \u00b7 ${one.carrier}`));
    byId("balance-node").replaceChildren(...options);
    byId("balance-node").addEventListener("change", (event) => {
      state.node = Number(event.target.value);
      state.hidden.clear();
      changed();
    });
  }

  /** Assets that do anything at the node; an asset without any flow would only lengthen the legend. */
  function activeParts(timeline, data, state) {
    return data.balances[state.node].parts.filter((part) => timeline.store.values(part.series).some((value) => Math.abs(value) > 0.005));
  }

  function balanceEntries(timeline, data, state) {
    return activeParts(timeline, data, state).map((part) => ({ name: part.asset, colour: data.colours[part.asset] }));
  }

  function balanceContent(timeline, data, state, bins) {
    const look = theme();
    const parts = activeParts(timeline, data, state).filter((part) => !state.hidden.has(part.asset)).map((part) => ({
      name: part.asset, colour: data.colours[part.asset],
      supply: timeline.store.stats(part.series, bins.level, "supply", part.sign).mean,
      draw: timeline.store.stats(part.series, bins.level, "draw", part.sign).mean,
    }));
    const side = (name) => stackedAreas(parts.filter((part) => part[name].some((value) => value !== 0)), name, bins, look);
    return {
      yAxis: microgrid.valueAxis("kW"),
      series: [...side("supply"), ...side("draw"), zeroLine(look, bins)],
      tooltip: (bin) => balanceTooltip(binText(timeline, bins, bin), parts, bin),
    };
  }

  /**
   * Stacked parts, painted from the outermost sum inwards, each down to zero and over the one before. ECharts' own
   * stacking draws each part between two simplified edges, which leaves slivers of paper between them.
   */
  function stackedAreas(parts, name, bins, look) {
    const sum = new Float64Array(bins.level.edges.length - 1);
    const areas = parts.map((part) => {
      part[name].forEach((value, bin) => { sum[bin] += value || 0; });
      const colour = look.dark ? mix(part.colour, look.paper, 0.12) : part.colour;
      return stepLine(part.name, stepPoints(sum, bins), colour, {
        areaStyle: { color: colour, opacity: 1 },
        lineStyle: { color: look.paper, width: bins.last - bins.first < 200 ? 0.8 : 0 },
      });
    });
    return areas.reverse();
  }

  /** A line at zero, which also responds to the pointer if every part is hidden. */
  function zeroLine(look, bins) {
    return stepLine("", stepPoints(new Float64Array(bins.level.edges.length), bins), look.ink, { lineStyle: { color: look.ink, width: 1 }, silent: true });
  }

  function balanceTooltip(heading, parts, bin) {
    const rows = [];
    for (const [side, title] of [["supply", "Supplied"], ["draw", "Drawn"]]) {
      const own = parts.filter((part) => Math.abs(part[side][bin]) > 0.0049);
      if (!own.length) continue;
      const total = own.reduce((sum, part) => sum + part[side][bin], 0);
      rows.push({ name: title, value: amount(Math.abs(total), "kW"), strong: true });
      for (const part of own) rows.push({ name: part.name, colour: part.colour, value: amount(Math.abs(part[side][bin]), "kW") });
    }
    return microgrid.tooltip(heading, rows);
  }

  // ---- states and single series ---------------------------------------------------------------------------------

  /** Line of a quantity: its steps, or the mean of each bin inside a band from its least to its greatest value. */
  function quantityContent(timeline, place, colour, extra = {}) {
    const about = timeline.store.about(place);
    const decimals = about.scale === 1 ? Math.min(about.decimals, 4) : Math.max(about.decimals - 2, 0);
    return (bins) => {
      const stats = scaled(timeline.store.stats(place, bins.level), about.scale);
      const under = extra.under ? extra.under(bins) : { series: [], rows: () => [] };
      const rows = (bin) => [...quantityRows(stats, bin, about.unit, decimals, bins.isMeans, extra.isState), ...under.rows(bin)];
      return {
        yAxis: microgrid.valueAxis(about.unit, extra.axis || {}),
        series: [...under.series, ...(bins.isMeans ? band(stats, bins, mix(colour, theme().paper, 0.3)) : []),
          stepLine(about.label, extra.isState && !bins.isMeans ? statePoints(stats.last, bins) : stepPoints(stats.mean, bins), lineColour(colour))],
        tooltip: (bin) => microgrid.tooltip(binText(timeline, bins, bin), rows(bin)),
      };
    };
  }

  /** An asset's colour is made for areas; a thin line needs more contrast. */
  function lineColour(colour) {
    return mix(colour, theme().ink, theme().dark ? 0.3 : 0.15);
  }

  function scaled(stats, scale) {
    if (scale === 1) return stats;
    return Object.fromEntries(Object.entries(stats).map(([name, values]) => [name, values.map((value) => value * scale)]));
  }

  function quantityRows(stats, bin, unit, decimals, isMeans, isState) {
    if (!isMeans) return [{ name: isState ? "At the end" : "Value", value: amount(stats.mean[bin], unit, decimals), strong: true }];
    return [
      { name: "Mean", value: amount(stats.mean[bin], unit, decimals), strong: true },
      { name: "Lowest", value: amount(stats.low[bin], unit, decimals) },
      { name: "Highest", value: amount(stats.high[bin], unit, decimals) },
    ];
  }

  /** Shaded area between two values of each bin: an invisible base with the difference stacked on it. */
  function band(stats, bins, colour, opacity = 0.28) {
    const height = stats.high.map((value, bin) => value - stats.low[bin]);
    const stack = `band ${colour}`;
    const line = { stack, stackStrategy: "all", silent: true, lineStyle: { opacity: 0 } };
    return [
      stepLine("", stepPoints(stats.low, bins), colour, line),
      stepLine("", stepPoints(height, bins), colour, { ...line, areaStyle: { color: colour, opacity } }),
    ];
  }

  function panel(host, place, name) {
    const canvas = element("div", { class: "canvas low", id: `${host.id}-${place}`, role: "img", "aria-label": name });
    host.append(element("p", { class: "panel-title" }, name), canvas);
    return canvas;
  }

  function drawStorages(timeline, data) {
    for (const storage of data.storages) {
      const { asset } = timeline.store.about(storage.series);
      const host = panel(byId("storages"), storage.series, asset);
      linked(timeline, host, quantityContent(timeline, storage.series, data.colours[asset], { axis: { min: 0 }, isState: true }));
    }
  }

  function drawRooms(timeline, data) {
    for (const room of data.rooms) {
      const { asset } = timeline.store.about(room.series);
      const host = panel(byId("rooms"), room.series, asset);
      const under = room.low === null || room.high === null ? null : (bins) => comfort(timeline, room, bins);
      linked(timeline, host, quantityContent(timeline, room.series, data.colours[asset], { axis: { scale: true }, isState: true, under }));
    }
  }

  /** The comfort band; over a bin, the widest limits that held in it. */
  function comfort(timeline, room, bins) {
    const { low } = timeline.store.stats(room.low, bins.level);
    const { high } = timeline.store.stats(room.high, bins.level);
    return {
      series: band({ low, high }, bins, theme().comfort, 1),
      rows: (bin) => [{ name: "Comfort band", value: `${number(low[bin], 1)} to ${amount(high[bin], "°C", 1)}` }],
    };
  }

  function drawExplorer(timeline, data) {
    const picker = byId("explorer-series");
    picker.replaceChildren(...data.schedule.map((place) => {
      const { asset, label, unit } = timeline.store.about(place);
      return element("option", { value: String(place) }, [asset, unit ? `${label}, ${unit}` : label].filter(Boolean).join(" \u00b7 "));
    }));
    const content = (bins) => {
      const place = Number(picker.value);
      return quantityContent(timeline, place, data.colours[timeline.store.about(place).asset] || theme().accent)(bins);
    };
    const refresh = linked(timeline, byId("explorer"), content);
    picker.addEventListener("change", () => refresh());
  }

  Object.assign(microgrid, { drawBalance, drawStorages, drawRooms, drawExplorer });
})();
