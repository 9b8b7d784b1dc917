/* Import by day and hour, drawn on a canvas without a library: one cell per hour of the year. The functions that do not
   depend on hours, such as those for cells in colours of a scale, are used by other maps too. */
"use strict";

(() => {
  const { byId, element, theme, amount, number, decodeSeries, dayText, DAY } = microgrid;
  const HOURS = 24;
  const MARGIN = { left: 56, right: 14, top: 6, bottom: 22 };
  const LIGHT = ["#f1f4f7", "#c9dcec", "#83b0d6", "#3a7ab8", "#123f73"];
  const DARK = ["#1b242e", "#21486b", "#2f79b3", "#7dbbe2", "#e4f3fd"];

  /** Colour between the stops of a ramp; share runs from 0 to 1. */
  function ramp(stops, share) {
    const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const stop = Math.min(Math.floor(place), stops.length - 2);
    return microgrid.mix(stops[stop], stops[stop + 1], place - stop);
  }

  /** A colour of the scale; share runs from 0 to 1. */
  function shade(share) {
    return ramp(theme().dark ? DARK : LIGHT, share);
  }

  /** An image of one pixel for each cell; `colour(column, row)` is #rrggbb, or null for none. */
  function pixels(columns, rows, colour) {
    const image = document.createElement("canvas");
    [image.width, image.height] = [columns, rows];
    const context = image.getContext("2d");
    const cells = context.createImageData(columns, rows);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const found = colour(column, row);
        if (!found) continue;
        const at = 4 * (row * columns + column);
        for (let channel = 0; channel < 3; channel += 1) {
          cells.data[at + channel] = parseInt(found.slice(1 + 2 * channel, 3 + 2 * channel), 16);
        }
        cells.data[at + 3] = 255;
      }
    }
    context.putImageData(cells, 0, 0);
    return image;
  }

  /** Import by day, across, and hour, down. */
  function cells(map) {
    const shades = Array.from({ length: 256 }, (_, i) => shade(i / 255));
    return pixels(map.days, HOURS, (day, hour) => {
      const value = map.values[day * HOURS + hour];
      return Number.isNaN(value) ? null : shades[Math.round((255 * Math.max(value, 0)) / (map.highest || 1))];
    });
  }

  function paint(map, canvas, host, givenWidth) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [givenWidth || host.clientWidth, host.clientHeight];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = false;
    const box = { x: MARGIN.left, y: MARGIN.top, w: width - MARGIN.left - MARGIN.right, h: height - MARGIN.top - MARGIN.bottom };
    context.drawImage(cells(map), box.x, box.y, box.w, box.h);
    labels(map, context, box);
    map.box = box;
  }

  function labels(map, context, box) {
    const look = theme();
    context.fillStyle = look.soft;
    context.font = `12px ${look.font}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const hour of [0, 6, 12, 18, 24]) {
      context.fillText(`${String(hour).padStart(2, "0")}:00`, box.x - 8, box.y + (box.h * hour) / HOURS + (hour === 0 ? 6 : hour === 24 ? -5 : 0));
    }
    context.textBaseline = "top";
    context.textAlign = "left";
    let free = -Infinity;
    for (let day = 0; day < map.days; day += 1) {
      const text = dayLabel(map, day);
      const x = box.x + (box.w * day) / map.days;
      if (!text || x < free || x + context.measureText(text).width > box.x + box.w) continue;
      context.fillText(text, x, box.y + box.h + 8);
      free = x + context.measureText(text).width + 12;
    }
  }

  /** Label of a day: in a long horizon the first day of each month only. */
  function dayLabel(map, day) {
    const date = new Date((map.first_day + day) * DAY * 1000);
    if (map.days <= 62) return dayText((map.first_day + day) * DAY, { weekday: false, year: false });
    if (date.getUTCDate() !== 1) return "";
    return date.getUTCMonth() === 0 ? `Jan ${date.getUTCFullYear()}` : microgrid.monthName(date.getUTCMonth());
  }

  /** Day and hour under the pointer, or null beside the cells. */
  function pointed(map, event) {
    const { box } = map;
    const day = Math.floor(((event.offsetX - box.x) / box.w) * map.days);
    const hour = Math.floor(((event.offsetY - box.y) / box.h) * HOURS);
    return day >= 0 && day < map.days && hour >= 0 && hour < HOURS ? { day, hour } : null;
  }

  function showTip(map, tip, host, event) {
    const at = pointed(map, event);
    tip.hidden = !at;
    if (!at) return;
    const value = map.values[at.day * HOURS + at.hour];
    const heading = `${dayText((map.first_day + at.day) * DAY)}, ${String(at.hour).padStart(2, "0")}:00\u2013${String(at.hour + 1).padStart(2, "0")}:00`;
    tip.replaceChildren(microgrid.tooltip(heading, [{ name: "Import", value: amount(value, "kW"), strong: true }]));
    tip.style.left = `${Math.max(0, Math.min(event.offsetX + 14, host.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${event.offsetY + 18}px`;
  }

  /** The colours of the scale side by side. */
  function scaleBar() {
    const bar = element("span", { class: "scale" });
    bar.style.background = `linear-gradient(to right, ${(theme().dark ? DARK : LIGHT).join(",")})`;
    return bar;
  }

  /** A small scale: nought to the highest import. */
  function scaleLegend(map) {
    byId("heatmap-legend").replaceChildren(element("span", { class: "legend-entry" }, "0", scaleBar(), `${number(map.highest, 0)}\u00a0kW`));
  }

  function drawHeatmap(timeline, data) {
    const host = byId("heatmap");
    const values = decodeSeries(data.heatmap, data.heatmap.days * HOURS);
    const map = { ...data.heatmap, values, highest: values.reduce((most, value) => (value > most ? value : most), 0) };
    const canvas = element("canvas");
    const tip = element("div", { class: "floating-tip", hidden: "" });
    host.append(canvas, tip);
    canvas.addEventListener("mousemove", (event) => showTip(map, tip, host, event));
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    canvas.addEventListener("click", (event) => {
      const at = pointed(map, event);
      if (!at) return;
      const wall = (map.first_day + at.day) * DAY;
      timeline.show(timeline.clock.utc(wall), timeline.clock.utc(wall + DAY));
      byId("time").scrollIntoView({ behavior: "smooth" });
    });
    let width = null;
    const draw = () => { paint(map, canvas, host, width); scaleLegend(map); };
    microgrid.register({ host, draw, resize: (given) => { width = given; } });
  }

  Object.assign(microgrid, { drawHeatmap, pixels, shade, scaleBar, dayLabel });
})();
