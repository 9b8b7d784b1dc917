/* Pages of the bill: one at a time on the screen. Without this script, and on paper, they follow one another. */
"use strict";

(() => {
  /** Let the reader choose a page from the list, or turn to the one before or after. */
  function enableBill() {
    const pages = [...document.querySelectorAll(".bill-page")];
    const list = microgrid.byId("bill-month");
    if (!list || pages.length < 2) return;
    const turns = [...document.querySelectorAll("#bill-turn button")];
    const show = (place) => {
      list.selectedIndex = place;
      pages.forEach((page, number) => { page.hidden = number !== place; });
      for (const turn of turns) turn.disabled = !pages[place + Number(turn.dataset.turn)];
    };
    list.addEventListener("change", () => show(list.selectedIndex));
    for (const turn of turns) {
      turn.addEventListener("click", () => show(list.selectedIndex + Number(turn.dataset.turn)));
    }
    microgrid.byId("bill-picker").hidden = false;
    microgrid.byId("bill-pages").classList.add("paged"); // hides the titles of the pages, since the list shows which one is chosen
    show(0);
  }

  Object.assign(microgrid, { enableBill });
})();
