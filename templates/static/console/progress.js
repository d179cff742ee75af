// Brings the moving part of the page of a batch up to date until the batch is finished, then shows the page anew.
"use strict";

const bar = document.querySelector("[data-progress]");
const SOON = 1500;
const LATER = 5000;

async function look() {
  let pause = LATER;
  try {
    const answer = await fetch(bar.dataset.progress, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) {
      const news = await answer.text();
      if (bar.contains(document.activeElement)) bar.querySelector("progress").value = Number(/value="(\d+)"/.exec(news)[1]);
      else bar.innerHTML = news;
      if (!news.includes("data-goes-on")) {
        location.reload();
        return;
      }
      pause = SOON;
    }
  } catch {
    // the server is away for a moment; the work goes on without this page
  }
  setTimeout(look, pause);
}

if (bar && bar.querySelector("[data-goes-on]")) setTimeout(look, SOON);
