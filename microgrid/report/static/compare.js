/* Draws the comparison of scenarios. */
"use strict";

(() => {
  const data = microgrid.pageData();
  data.accounts.forEach((account, place) => {
    microgrid.drawTotals(`accounts-${place}`, account, data.scenarios);
  });
  if (data.scatter) microgrid.drawScatter("scatter", data.scatter);
  microgrid.watchTheme();
  document.documentElement.dataset.ready = "true";
})();
