// While organisations are still being asked, the page asks for itself again and offers what has come. Nothing that is being read moves
// until the reader says so.
const strip = document.querySelector("[data-asking]");
const region = document.createElement("div"); // there before anything is said in it, or screen readers may miss it
region.setAttribute("role", "status");
if (strip) {
  document.body.append(region);
  askAgain([1, 1, 2, 4, 8]); // what comes later than that waits for nobody
}

// askAgain asks after each of the pauses, in seconds, as long as anybody is still being asked.
async function askAgain([pause, ...later]) {
  await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  const url = new URL(location.href);
  url.searchParams.set("again", "1");
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", redirect: "error" });
  } catch {
    return; // the page stands as it is, and says who is missing
  }
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    location.reload(); // the permission has ended: what the server says now is what may be seen
    return;
  }
  if (!answer.ok) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const asking = page.querySelector("[data-asking]") !== null;
  const last = !asking || later.length === 0;
  if (page.querySelector("[data-late]") || last) {
    offer(page.querySelector("main"), asking, last);
  }
  if (!last) {
    askAgain(later);
  }
}

// offered is the newer page that waits to be shown, if there is one.
let offered = null;

// less reports whether a page lacks an organisation's answer that another page has: a slow one is asked anew for every page.
function less(main, than) {
  const has = answered(main);
  return Object.entries(answered(than)).some(([partner, count]) => count > (has[partner] ?? 0));
}

// answered counts the organisations that have answered, by their marks: those of a restricted patient are kinds, and not unique.
function answered(page) {
  const counts = {};
  for (const { dataset } of page.querySelectorAll("[data-partner]")) {
    if (dataset.state !== "late") {
      counts[dataset.partner] = (counts[dataset.partner] ?? 0) + 1;
    }
  }
  return counts;
}

// told is everything that has been offered and not yet shown: a later answer does not push an earlier one out.
const told = new Set();

// offer announces the newer page at the foot of the window, and shows it when the reader asks for it.
function offer(main, asking, last) {
  if (less(main, offered ?? document.querySelector("main"))) {
    return; // what is there is more
  }
  offered = main;
  for (const note of main.querySelectorAll("[data-late]")) {
    told.add(note.textContent.trim());
  }
  const none = asking ? "Not every organisation has answered yet." : "No further organisation has answered.";
  let bar = region.querySelector(".icr-late");
  if (!bar) {
    bar = document.createElement("div");
    bar.className = "icr-late";
    bar.innerHTML = '<p class="icr-late__words"></p><button class="nhsuk-button nhsuk-button--secondary icr-late__show" type="button">Show it</button>';
    region.append(bar);
  }
  bar.querySelector(".icr-late__words").textContent = [...told].join(" ") || none;
  bar.querySelector(".icr-late__show").onclick = () => {
    const shown = document.querySelector("main");
    shown.replaceWith(document.adoptNode(main));
    bar.remove();
    offered = null;
    told.clear();
    main.tabIndex = -1;
    main.focus();
  };
  if (!told.size && last) {
    bar.querySelector(".icr-late__show").textContent = "Update the page";
  }
}
