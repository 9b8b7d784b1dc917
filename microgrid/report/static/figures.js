/* Figures without a time axis: accounts by month and in total, duration curve, scenarios. */
"use strict";

(() => {
  const { byId, theme, figure, amount, number } = microgrid;

  /** Text of an item, as in the tables: "peak_charge" becomes "Peak charge". */
  function itemText(item) {
    const words = item.replace(/_/g, " ");
    return words.slice(0, 1).toUpperCase() + words.slice(1);
  }

  function lineName(line) {
    return `${line.asset} \u00b7 ${itemText(line.item)}`;
  }

  function monthText(month) {
    const [year, number_] = month.split("-").map(Number);
    const name = Number.isInteger(number_) && number_ >= 1 && number_ <= 12 ? microgrid.monthName(number_ - 1) : month;
    return { name, year };
  }

  /** Stacked bars of ledger lines over named groups, with a dot at the sum. `values(line)` has one number per group. */
  function stackedBars(account, groups, values, flat) {
    const look = theme();
    const shades = account.lines.map((line) => line.colour);
    const sums = groups.map((_, place) => account.lines.reduce((sum, line) => sum + (values(line)[place] || 0), 0));
    const bars = account.lines.map((line, place) => ({
      type: "bar", name: lineName(line), stack: "lines", data: values(line), barMaxWidth: flat ? 26 : 46,
      itemStyle: { color: shades[place], borderColor: look.paper, borderWidth: 0.5 }, emphasis: { disabled: true },
    }));
    const dots = {
      type: "scatter", name: "Sum", symbolSize: 8, z: 5, data: flat ? sums.map((sum, place) => [sum, place]) : sums,
      itemStyle: { color: look.ink, borderColor: look.paper, borderWidth: 1.5 }, emphasis: { disabled: true }, silent: true,
    };
    const names = microgrid.plainAxis({ type: "category", data: groups, inverse: flat });
    const numbers = microgrid.valueAxis(account.unit, lowest(account, groups, values));
    return { shades, sums, bars, dots, names, numbers };
  }

  /** Lower limit of the axis: if revenues are small it ends with them, not at the next round number far below. */
  function lowest(account, groups, values) {
    const below = groups.map((_, place) => account.lines.reduce((sum, line) => sum + Math.min(values(line)[place] || 0, 0), 0));
    const least = Math.min(...below);
    if (least >= 0) return { min: 0 };
    return { min: 1.02 * least, axisLabel: { color: theme().soft, formatter: microgrid.tick, hideOverlap: true, showMinLabel: false } };
  }

  function barTooltip(account, groups, values, built) {
    return (params) => {
      const place = (Array.isArray(params) ? params[0] : params).dataIndex;
      const rows = account.lines
        .map((line, index) => ({ name: lineName(line), colour: built.shades[index], amount: values(line)[place] || 0 }))
        .filter((row) => row.amount !== 0)
        .map((row) => ({ ...row, value: amount(row.amount, account.unit) }));
      return microgrid.tooltip(groups[place], [{ name: "Sum", value: amount(built.sums[place], account.unit), strong: true }, ...rows]);
    };
  }

  function barLegend(id, account, shades) {
    microgrid.legend(byId(id), account.lines.map((line, place) => ({ name: lineName(line), colour: shades[place] })));
  }

  function drawMonths(account, place) {
    const id = `months-${place}`;
    if (!byId(id)) return;
    const dates = account.months.map(monthText);
    const several = new Set(dates.map((date) => date.year)).size > 1;
    const groups = dates.map((date) => (several ? `${date.name} ${date.year}` : date.name));
    figure(byId(id), () => {
      const built = stackedBars(account, groups, (line) => line.months, false);
      barLegend(`${id}-legend`, account, built.shades);
      return {
        grid: { left: 64, right: 14, top: 30, bottom: 26 }, xAxis: built.names, yAxis: built.numbers,
        series: [...built.bars, built.dots],
        tooltip: { ...microgrid.tooltipLook(barTooltip(account, groups, (line) => line.months, built)), axisPointer: { type: "shadow" } },
      };
    });
  }

  /** Accounts in total: one flat bar per plan or scenario. */
  function drawTotals(id, account, groups, withLegend = true) {
    const host = byId(id);
    host.style.height = `${34 + 52 * groups.length}px`;
    const values = (line) => line.totals;
    figure(host, (width) => {
      const built = stackedBars(account, groups, values, true);
      if (withLegend) barLegend(`${id}-legend`, account, built.shades);
      const room = Math.min(Math.max(...groups.map((group) => group.length), 11) * 7.5 + 16, width * 0.36);
      const rich = { sum: { fontWeight: 600, color: theme().ink, lineHeight: 18 }, name: { color: theme().soft, lineHeight: 18 } };
      const named = (group, place) => `{name|${plainText(group, room)}}\n{sum|${amount(built.sums[place], account.unit, sumDecimals(built.sums))}}`;
      return {
        grid: { left: room, right: 14, top: 4, bottom: 26 },
        xAxis: { ...built.numbers, name: "" },
        yAxis: { ...built.names, axisLine: { show: false }, axisLabel: { formatter: named, rich, align: "left", margin: room, interval: 0 } },
        series: [...built.bars, built.dots],
        tooltip: { ...microgrid.tooltipLook(barTooltip(account, groups, values, built)), axisPointer: { type: "shadow" } },
      };
    });
  }

  /** A name inside ECharts' rich text: its braces are markup there; long names end in dots. */
  function plainText(name, room) {
    const most = Math.floor(room / 7.5);
    const plain = name.replace(/[{}|\n]/g, " ");
    return plain.length > most ? `${plain.slice(0, most - 1)}\u2026` : plain;
  }

  function sumDecimals(sums) {
    return Math.max(...sums.map(Math.abs)) < 1000 ? 2 : 0;
  }

  function drawDuration(data) {
    const { optimized, baseline, total_hours: hours } = data.duration;
    figure(byId("duration"), () => {
      const look = theme();
      const curves = [{ name: "Optimized", data: optimized, colour: look.accent, fill: true }];
      if (baseline) curves.push({ name: "Baseline", data: baseline, colour: look.soft, fill: false });
      microgrid.legend(byId("duration-legend"), curves);
      return {
        grid: { left: 56, right: 18, top: 28, bottom: 44 },
        xAxis: microgrid.plainAxis({
          type: "value", min: 0, max: hours, name: "hours", nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.soft },
          axisLabel: { color: look.soft, formatter: microgrid.tick, hideOverlap: true },
        }),
        yAxis: microgrid.valueAxis("kW", { min: 0 }),
        series: curves.map((curve) => ({
          type: "line", step: curve.data.length < 200 ? "end" : false, name: curve.name, data: curve.data, symbol: "none", emphasis: { disabled: true },
          lineStyle: { color: curve.colour, width: 2, type: curve.fill ? "solid" : [5, 3] },
          areaStyle: curve.fill ? { color: curve.colour, opacity: 0.14 } : undefined,
        })),
        tooltip: microgrid.tooltipLook((params) => durationTooltip(params[0].axisValue, curves)),
      };
    });
  }

  function durationTooltip(hours, curves) {
    const rows = curves.map((curve) => {
      const at = curve.data.filter((corner) => corner[0] <= hours).pop() || curve.data[0];
      return { name: curve.name, colour: curve.colour, value: amount(at[1], "kW") };
    });
    return microgrid.tooltip(`After ${number(hours, 2)} h`, rows);
  }

  /** Scenarios by two accounts: lower left is better in both. */
  function drawScatter(id, scatter) {
    figure(byId(id), () => {
      const look = theme();
      const axis = (about) => ({ type: "value", scale: true, boundaryGap: ["8%", "12%"], name: `${about.label}, ${about.unit}` });
      return {
        grid: { left: 72, right: 40, top: 34, bottom: 48 },
        xAxis: microgrid.plainAxis({ ...axis(scatter.x), nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.soft }, splitLine: { show: true, lineStyle: { color: look.line } }, axisLabel: { color: look.soft, formatter: microgrid.tick, hideOverlap: true }, splitNumber: 4 }),
        yAxis: microgrid.valueAxis(`${scatter.y.label}, ${scatter.y.unit}`, { scale: true, boundaryGap: ["8%", "12%"], nameTextStyle: { color: look.soft, align: "left", padding: [0, 0, 0, -56] } }),
        series: [{
          type: "scatter", symbolSize: 13, emphasis: { disabled: true },
          data: scatter.points.map((point, place) => ({
            value: [point.x, point.y], name: point.name,
            itemStyle: { color: place ? look.accent : look.paper, borderColor: look.accent, borderWidth: 2 },
          })),
          label: { show: true, position: "top", distance: 7, color: look.ink, formatter: (point) => point.name, width: 130, overflow: "truncate", textBorderColor: look.paper, textBorderWidth: 3 },
          labelLayout: { moveOverlap: "shiftY" },
        }],
        tooltip: microgrid.tooltipLook((point) => microgrid.tooltip(point.name, [
          { name: scatter.x.label, value: amount(point.value[0], scatter.x.unit) },
          { name: scatter.y.label, value: amount(point.value[1], scatter.y.unit) },
        ]), "item"),
      };
    });
  }

  Object.assign(microgrid, { drawMonths, drawTotals, drawDuration, drawScatter });
})();
