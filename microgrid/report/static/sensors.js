/* The page of the sensors: a calendar of the measured shares, and the residual of each balance. */
"use strict";

(() => {
  const { byId, element, theme, number, dayText, DAY } = microgrid;
  const ROW = 13;
  const MARGIN = { right: 14, top: 26, bottom: 28 };
  const NOTHING = { light: "#c9503c", dark: "#e0725f" };
  const data = microgrid.pageData();

  /** Room for the names, at most a third of the page. */
  function left(context, width) {
    const widest = Math.max(...data.points.map((name) => context.measureText(name).width));
    return Math.min(widest + 16, width / 3);
  }

  /** Text shortened in its middle, since the names of points differ at their ends. */
  function shortened(context, text, room) {
    const cut = (kept) => `${text.slice(0, Math.floor(kept / 3))}\u2026${text.slice(text.length - Math.ceil((2 * kept) / 3))}`;
    if (context.measureText(text).width <= room) return text;
    let kept = text.length - 1;
    while (kept > 3 && context.measureText(cut(kept)).width > room) kept -= 1;
    return cut(kept);
  }

  function paint(canvas, host, map, givenWidth) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [givenWidth || host.clientWidth, host.clientHeight];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d");
    const look = theme();
    context.scale(ratio, ratio);
    context.font = `11px ${look.font}`;
    const x = left(context, width);
    map.box = { x, y: MARGIN.top, w: width - x - MARGIN.right, h: ROW * data.points.length };
    const nothing = look.dark ? NOTHING.dark : NOTHING.light;
    const image = microgrid.pixels(data.days, data.points.length, (day, row) => {
      const share = data.coverage[row][day];
      if (share === null) return null;
      return share === 0 ? nothing : microgrid.shade(share / 100);
    });
    context.imageSmoothingEnabled = false;
    context.drawImage(image, map.box.x, map.box.y, map.box.w, map.box.h);
    labels(context, map.box, look);
  }

  function labels(context, box, look) {
    context.fillStyle = look.soft;
    context.textBaseline = "middle";
    context.textAlign = "right";
    data.points.forEach((name, row) => {
      context.fillText(shortened(context, name, box.x - 12), box.x - 6, box.y + ROW * (row + 0.5));
      if (row && data.series[row] !== data.series[row - 1]) {
        context.fillStyle = look.paper;
        context.fillRect(box.x, box.y + ROW * row - 1, box.w, 2);
        context.fillStyle = look.soft;
      }
    });
    context.textAlign = "left";
    let free = -Infinity;
    for (let day = 0; day < data.days; day += 1) {
      const text = microgrid.dayLabel(data, day);
      const at = box.x + (box.w * day) / data.days;
      if (!text || at < free || at + context.measureText(text).width > box.x + box.w) continue;
      context.fillText(text, at, box.y - 10);
      context.fillText(text, at, box.y + box.h + 12);
      free = at + context.measureText(text).width + 12;
    }
  }

  function showTip(map, tip, host, event) {
    const day = Math.floor(((event.offsetX - map.box.x) / map.box.w) * data.days);
    const row = Math.floor((event.offsetY - map.box.y) / ROW);
    tip.hidden = !(day >= 0 && day < data.days && row >= 0 && row < data.points.length);
    if (tip.hidden) return;
    const share = data.coverage[row][day];
    tip.replaceChildren(microgrid.tooltip(data.points[row], [
      { name: data.series[row] },
      { name: dayText((data.first_day + day) * DAY), value: `${number(share, 1)}\u202f%`, strong: true },
    ]));
    tip.style.left = `${Math.max(0, Math.min(event.offsetX + 14, host.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${event.offsetY + 18}px`;
  }

  function drawCoverage() {
    const host = byId("coverage-map");
    const canvas = element("canvas");
    const tip = element("div", { class: "floating-tip", hidden: "" });
    const map = {};
    host.append(canvas, tip);
    canvas.addEventListener("mousemove", (event) => showTip(map, tip, host, event));
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    let width = null;
    const draw = () => {
      paint(canvas, host, map, width);
      const nothing = element("span", { class: "swatch", colour: theme().dark ? NOTHING.dark : NOTHING.light });
      byId("coverage-legend").replaceChildren(
        element("span", { class: "legend-entry" }, nothing, "nothing measured"),
        element("span", { class: "legend-entry" }, "little", microgrid.scaleBar(), "the whole day"),
      );
    };
    microgrid.register({ host, draw, resize: (given) => { width = given; } });
  }

  /** Residual of a balance: its mean in each day, and the mean of its absolute value, in which a wrong clock shows too. */
  function drawBalance(balance, place) {
    const days = balance.mean.map((_, day) => dayText((data.first_day + day) * DAY, { year: false }));
    const lines = () => [
      { name: "Mean of the absolute value", values: balance.size, colour: theme().muted, area: { opacity: 0.35 } },
      { name: "Mean of the day", values: balance.mean, colour: theme().accent, area: null },
    ];
    const look = (line) => ({
      type: "line", name: line.name, step: "middle", showSymbol: days.length < 2, data: line.values,
      lineStyle: { width: line.area ? 0 : 1.5, color: line.colour }, itemStyle: { color: line.colour }, areaStyle: line.area,
    });
    microgrid.figure(byId(`balance-${place}`), () => {
      microgrid.legend(byId(`balance-${place}-legend`), lines());
      return {
        grid: { left: 56, right: 14, top: 30, bottom: 26 },
        tooltip: microgrid.tooltipLook((shown) => microgrid.tooltip(shown[0].name, shown.map((at) => (
          { name: at.seriesName, value: microgrid.amount(at.value, "kW"), colour: at.color }
        )))),
        xAxis: microgrid.plainAxis({ type: "category", data: days, boundaryGap: days.length < 2 }),
        yAxis: microgrid.valueAxis("kW"),
        series: lines().map(look),
      };
    });
  }

  /** Rows that were left out, in percent, by point and kind. */
  function drawLeftOut(left) {
    if (!left.points.length) return;
    const host = byId("left-out");
    host.style.height = `${56 + 24 * left.points.length}px`;
    const rule = document.createElement("canvas").getContext("2d");
    microgrid.figure(host, (width) => {
      rule.font = `12px ${theme().font}`;
      microgrid.legend(byId("left-out-legend"), left.kinds);
      const room = Math.min(Math.max(...left.points.map((name) => name.length)) * 6.5 + 16, width / 3);
      return {
        grid: { left: room, right: 18, top: 4, bottom: 40 },
        tooltip: { ...microgrid.tooltipLook((shown) => microgrid.tooltip(shown[0].name, shown.filter((at) => at.value).map((at) => (
          { name: at.seriesName, value: microgrid.amount(at.value, "%"), colour: at.color }
        )))), axisPointer: { type: "shadow" } },
        xAxis: microgrid.valueAxis(""),
        yAxis: microgrid.plainAxis({ type: "category", data: left.points, inverse: true,
          axisLabel: { color: theme().soft, interval: 0, formatter: (name) => shortened(rule, name, room - 12) } }),
        series: left.kinds.map((kind) => ({
          type: "bar", name: kind.name, stack: "all", data: kind.percent, itemStyle: { color: kind.colour }, barMaxWidth: 14,
        })),
      };
    });
  }

  data.balances.forEach(drawBalance);
  drawCoverage();
  drawLeftOut(data.left_out);
  microgrid.enableFilters();
  microgrid.watchTheme();
  document.documentElement.dataset.ready = "true";
})();
