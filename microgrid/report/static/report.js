/* Draws the report of one run. A figure that the case has no data for has no element in the page, and is left out. */
"use strict";

(() => {
  const data = microgrid.pageData();
  const timeline = microgrid.makeTimeline(data);
  const present = (id) => microgrid.byId(id) !== null;

  microgrid.enableWindow(timeline);
  microgrid.enableSlider(timeline, data.balances[0]);
  if (present("balance")) microgrid.drawBalance(timeline, data);
  if (present("storages")) microgrid.drawStorages(timeline, data);
  if (present("rooms")) microgrid.drawRooms(timeline, data);
  if (present("explorer")) microgrid.drawExplorer(timeline, data);
  if (present("heatmap")) microgrid.drawHeatmap(timeline, data);
  if (present("duration")) microgrid.drawDuration(data);
  data.accounts.forEach((account, place) => {
    const plans = account.baseline ? ["Optimized", "Baseline"] : ["Plan"];
    microgrid.drawMonths(account, place);
    microgrid.drawTotals(`accounts-${place}`, account, plans, !present(`months-${place}`));
  });
  microgrid.enableBill();
  microgrid.enableFilters();
  microgrid.watchTheme();
  microgrid.timeline = timeline;
  document.documentElement.dataset.ready = "true";
})();
