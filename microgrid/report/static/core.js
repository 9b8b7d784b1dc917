/* Shared by every page: numbers, elements, colours of the theme, tables. Text reaches the page as text only. */
"use strict";

const microgrid = {};

(() => {
  const THIN = "\u202f";
  const MINUS = "\u2212";
  const MISSING = "\u2013";

  /** A number with thin spaces between thousands and a real minus sign. */
  function number(value, decimals = 2) {
    if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
    const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
    const shown = fraction ? `${grouped}.${fraction}` : grouped;
    const isNought = !/[1-9]/.test(shown);
    return value < 0 && !isNought ? MINUS + shown : shown;
  }

  /** A number for an axis: as many decimals as it has, at most three. */
  function tick(value) {
    const decimals = Math.min((String(Number(value.toPrecision(8))).split(".")[1] || "").length, 3);
    return number(value, decimals);
  }

  /** A number with its unit. */
  function amount(value, unit, decimals = 2) {
    return unit ? `${number(value, decimals)}\u00a0${unit}` : number(value, decimals);
  }

  /** An element with attributes and children; strings become text, never markup. */
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "colour") node.style.background = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  function byId(id) {
    return document.getElementById(id);
  }

  /** The page's data, as the program embedded them. */
  function pageData() {
    return JSON.parse(byId("report-data").textContent);
  }

  /** Colours of the theme in use, read from the style sheet so that they are written once. */
  function theme() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      ink: read("ink"), soft: read("soft"), line: read("line"), paper: read("paper"), raised: read("raised"),
      accent: read("accent"), muted: read("muted"), band: read("band"), comfort: read("comfort"), dark: read("is-dark") === "1",
      font: getComputedStyle(document.body).fontFamily,
    };
  }

  /** Mixture of two colours, #rrggbb each: a share of 0 gives the first one, of 1 the other. */
  function mix(colour, other, share) {
    const channel = (text, place) => parseInt(text.slice(1 + 2 * place, 3 + 2 * place), 16);
    const parts = [0, 1, 2].map((place) => {
      const value = Math.round(channel(colour, place) * (1 - share) + channel(other, place) * share);
      return value.toString(16).padStart(2, "0");
    });
    return `#${parts.join("")}`;
  }

  /** A legend of swatches; with onToggle each entry is a button that hides and shows its part. */
  function legend(host, entries, onToggle) {
    host.replaceChildren(...entries.map((entry) => {
      const swatch = element("span", { class: "swatch", colour: entry.colour });
      if (!onToggle) return element("span", { class: "legend-entry" }, swatch, entry.name);
      const button = element("button", { type: "button", class: "legend-entry", "aria-pressed": "true" }, swatch, entry.name);
      button.addEventListener("click", () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(shown));
        onToggle(entry.name, shown);
      });
      return button;
    }));
  }

  /** The content of a tooltip: a heading, then rows of name and value; a row without a value is a subheading. */
  function tooltip(heading, rows) {
    const body = rows.map((row) => {
      const name = element("span", { class: "tip-name" });
      if (row.colour) name.append(element("span", { class: "swatch", colour: row.colour }));
      name.append(row.name);
      const kind = row.value === undefined ? "tip-head" : row.strong ? "tip-row strong" : "tip-row";
      return element("div", { class: kind }, name, element("span", { class: "tip-value" }, row.value ?? ""));
    });
    return element("div", { class: "tip" }, element("div", { class: "tip-title" }, heading), ...body);
  }

  /** Let search fields hide the rows of a table that do not contain the typed words. */
  function enableFilters() {
    for (const field of document.querySelectorAll("[data-filters]")) {
      const rows = [...byId(field.dataset.filters).tBodies[0].rows];
      const count = byId(`${field.dataset.filters}-count`);
      const apply = () => {
        const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        for (const row of rows) {
          const text = row.textContent.toLowerCase();
          row.hidden = !words.every((word) => text.includes(word));
        }
        const shown = rows.filter((row) => !row.hidden).length;
        count.textContent = shown === rows.length ? `${shown} entries` : `${shown} of ${rows.length} entries`;
      };
      field.addEventListener("input", apply);
      apply();
    }
  }

  Object.assign(microgrid, {
    number, tick, amount, element, byId, pageData, theme, mix, legend, tooltip, enableFilters,
  });
})();
