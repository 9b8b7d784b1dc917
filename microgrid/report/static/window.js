/* The period on show: buttons, label and slider; every linked figure follows it. */
"use strict";

(() => {
  const { byId, element, theme, figure, DAY, startOf, later } = microgrid;
  const UNITS = [["year", "Year", 365], ["month", "Month", 28], ["week", "Week", 7], ["day", "Day", 1]];

  /** Buttons for the units that the horizon is longer than, and one for all of it. */
  function enableWindow(timeline) {
    const length = (timeline.end - timeline.start) / DAY;
    const units = UNITS.filter(([, , days]) => length > days * 1.2);
    const state = { unit: "all" };
    byId("window-buttons").replaceChildren(...[["all", length > 360 && length < 370 ? "Whole year" : "All"], ...units]
      .map(([unit, name]) => unitButton(unit, name, timeline, state)));
    for (const button of byId("window-shift").querySelectorAll("button")) {
      button.addEventListener("click", () => shift(timeline, state, Number(button.dataset.shift)));
    }
    const single = units.length === 0;
    byId("window-buttons").hidden = single;
    byId("window-shift").hidden = single;
    timeline.listeners.push((source) => {
      if (source !== "unit") state.unit = null;
      label(timeline, state);
    });
    label(timeline, state);
  }

  function unitButton(unit, name, timeline, state) {
    const button = element("button", { type: "button", "data-unit": unit }, name);
    button.addEventListener("click", () => {
      state.unit = unit;
      if (unit === "all") timeline.show(timeline.start, timeline.end, "unit");
      else showUnit(timeline, unit, timeline.clock.local((timeline.from + timeline.to) / 2));
    });
    return button;
  }

  /** Show the calendar unit that holds a local time. */
  function showUnit(timeline, unit, wall) {
    const from = startOf(unit, wall);
    timeline.show(timeline.clock.utc(from), timeline.clock.utc(later(unit, from, 1)), "unit");
  }

  /** Move the period by one calendar unit, or by its own length if it is not a calendar unit. */
  function shift(timeline, state, direction) {
    const { clock } = timeline;
    if (state.unit && state.unit !== "all") {
      const wall = clock.local((timeline.from + timeline.to) / 2);
      const next = later(state.unit, startOf(state.unit, wall), direction);
      if (clock.utc(later(state.unit, next, 1)) > timeline.start && clock.utc(next) < timeline.end) {
        showUnit(timeline, state.unit, next + 1);
      }
      return;
    }
    const length = timeline.to - timeline.from;
    timeline.show(timeline.from + direction * length, timeline.to + direction * length);
  }

  function label(timeline, state) {
    const span = microgrid.windowText(timeline.from, timeline.to, timeline.clock);
    const level = timeline.level();
    const steps = level.edges.length - 1 === timeline.edges.length - 1 ? "every step" : level.name;
    byId("window-label").replaceChildren(element("strong", {}, span), ` \u00b7 ${steps}`);
    for (const button of byId("window-buttons").children) {
      button.setAttribute("aria-pressed", String(button.dataset.unit === state.unit));
    }
    const whole = timeline.to - timeline.from >= timeline.end - timeline.start;
    for (const button of byId("window-shift").children) button.disabled = whole;
  }

  /** The slider, over the total consumption of the busiest node. */
  function enableSlider(timeline, balance) {
    let chart = null;
    const options = () => sliderOption(timeline, balance);
    chart = figure(byId("timeline"), options, {
      datazoom: () => {
        const { startValue, endValue } = chart.getOption().dataZoom[0];
        timeline.show(startValue, endValue, "slider");
      },
    });
    timeline.listeners.push((source) => {
      if (source === "slider") return;
      chart.setOption({ dataZoom: [{ startValue: timeline.from, endValue: timeline.to }] });
    });
  }

  function sliderOption(timeline, balance) {
    const look = theme();
    const shade = { lineStyle: { opacity: 0 }, areaStyle: { color: look.muted, opacity: 0.55 } };
    return {
      grid: { left: 8, right: 8, top: 0, bottom: 0, height: 1 },
      xAxis: { type: "value", min: timeline.start, max: timeline.end, show: false },
      yAxis: { type: "value", show: false },
      dataZoom: [{
        type: "slider", left: 8, right: 8, top: 4, height: 30, filterMode: "none", showDetail: false, brushSelect: false,
        startValue: timeline.from, endValue: timeline.to, throttle: 60, borderColor: look.line, borderRadius: 4,
        backgroundColor: "transparent", fillerColor: look.band, dataBackground: shade,
        selectedDataBackground: { ...shade, areaStyle: { color: look.accent, opacity: 0.45 } },
        handleStyle: { color: look.raised, borderColor: look.accent }, moveHandleSize: 0,
      }],
      series: [{ type: "line", showSymbol: false, silent: true, lineStyle: { opacity: 0 }, data: shadow(timeline, balance) }],
    };
  }

  /** Total of what the assets draw, at the coarsest level with enough points. */
  function shadow(timeline, balance) {
    if (!balance) return [[timeline.start, 0], [timeline.end, 0]];
    const level = [...timeline.levels].reverse().find((one) => one.edges.length > 60) || timeline.levels[0];
    const total = new Float64Array(level.edges.length - 1);
    for (const part of balance.parts) {
      const { mean } = timeline.store.stats(part.series, level, "draw", part.sign);
      mean.forEach((value, bin) => { total[bin] -= value || 0; });
    }
    return Array.from(total, (value, bin) => [level.edges[bin], value]);
  }

  Object.assign(microgrid, { enableWindow, enableSlider });
})();
