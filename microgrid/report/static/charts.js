/* ECharts as this report uses it: one look, redrawn when the theme, the width or the medium changes. */
"use strict";

(() => {
  const { byId, theme } = microgrid;
  const PAPER_WIDTH = 680; // pixels that fit an A4 or a letter sheet between its margins
  const drawn = [];
  let isPrinting = false;

  /** Register a figure: `options` gives the whole ECharts option, again for each theme. Returns the chart. */
  function figure(host, options, events = {}) {
    const chart = echarts.init(host, null, { renderer: "canvas" });
    const entry = {
      host,
      draw: () => chart.setOption({ ...base(), ...options(chart.getWidth()) }, { notMerge: true }),
      resize: (width) => chart.resize({ width: width || "auto", height: "auto" }),
    };
    for (const [name, handler] of Object.entries(events)) chart.on(name, handler);
    return register(entry, chart);
  }

  /** Draw a figure now and keep it for redrawing; figures without ECharts call this directly. */
  function register(entry, chart = null) {
    drawn.push(entry);
    entry.draw();
    entry.host.dataset.drawn = "true";
    return chart;
  }

  function base() {
    const look = theme();
    return { animation: false, textStyle: { fontFamily: look.font, color: look.soft, fontSize: 12 } };
  }

  /** Look of all tooltips; `formatter` returns an element, so that no text is read as markup. */
  function tooltipLook(formatter, trigger = "axis") {
    const look = theme();
    return {
      trigger, formatter, confine: true, backgroundColor: look.raised, borderColor: look.line, borderWidth: 1, padding: 0,
      textStyle: { color: look.ink, fontFamily: look.font, fontSize: 12 },
      extraCssText: "box-shadow:0 6px 24px rgba(0,0,0,.14);border-radius:8px",
      axisPointer: { type: "line", snap: false, lineStyle: { color: look.soft, type: "solid", width: 1 }, label: { show: false } },
    };
  }

  /** An axis of values with its unit above it. */
  function valueAxis(unit, extra = {}) {
    const look = theme();
    return {
      type: "value", name: unit, nameGap: 10, nameTextStyle: { color: look.soft, align: "right", padding: [0, 6, 0, 0] },
      axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } },
      axisLabel: { color: look.soft, formatter: microgrid.tick, hideOverlap: true }, ...extra,
    };
  }

  /** The other axis: a quiet line with labels below. */
  function plainAxis(extra = {}) {
    const look = theme();
    return {
      axisLine: { lineStyle: { color: look.muted } }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: { color: look.soft, hideOverlap: true }, ...extra,
    };
  }

  /** Draw all figures again, as wide as their element or as `width` [pixels]. */
  function redraw(width = null) {
    for (const entry of drawn) {
      entry.resize(width);
      entry.draw();
    }
  }

  function setTheme(name, width = null) {
    document.documentElement.dataset.theme = name;
    redraw(width);
  }

  /** On paper: light, and as wide as a sheet, because the layout of the sheet does not exist yet when the event comes. */
  function watchPrint() {
    let before;
    addEventListener("beforeprint", () => {
      isPrinting = true;
      before = document.documentElement.dataset.theme;
      setTheme("light", PAPER_WIDTH);
    });
    addEventListener("afterprint", () => {
      isPrinting = false;
      if (before) document.documentElement.dataset.theme = before;
      else delete document.documentElement.dataset.theme;
      redraw();
    });
  }

  /** Redraw on toggle, on a change of the system's theme or of the width, and for paper. */
  function watchTheme() {
    const system = matchMedia("(prefers-color-scheme: dark)");
    byId("theme-toggle").addEventListener("click", () => setTheme(theme().dark ? "light" : "dark"));
    system.addEventListener("change", () => redraw());
    watchPrint();
    let pending = 0;
    addEventListener("resize", () => {
      cancelAnimationFrame(pending);
      if (!isPrinting) pending = requestAnimationFrame(() => redraw());
    });
  }

  Object.assign(microgrid, { figure, register, tooltipLook, valueAxis, plainAxis, watchTheme });
})();
