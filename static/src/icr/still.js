// A page of somebody who is signed in asks every ten seconds whether it may still be seen. It hides itself when the answer is no,
// when there was none for fifteen seconds, and when it comes back by the back button until there is one. What was typed stays.
const every = 10_000;
const silence = 15_000;
const url = document.querySelector("main[data-still]")?.dataset.still;
const onRecord = url?.startsWith("/record/");
let heard = Date.now();
let question; // the one under way
let over = false; // the page is not coming back

if (url) {
  setInterval(ask, every);
  setInterval(() => listen(), 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      listen("Checking that you may still see this page.");
      ask();
    }
  });
  addEventListener("pagehide", () => {
    question?.abort();
    hide("Checking that you may still see this page.");
  });
  addEventListener("pageshow", (event) => event.persisted && ask());
}

async function ask() {
  if (over) {
    return;
  }
  question?.abort();
  const mine = (question = new AbortController());
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", redirect: "error", signal: mine.signal });
  } catch {
    return; // silence
  }
  if (mine !== question) {
    return;
  }
  if (answer.status === 204) {
    heard = Date.now();
    show();
    warn(Number(answer.headers.get("ICR-Idle-Seconds")), Number(answer.headers.get("ICR-Session-Seconds")));
  } else if (answer.status === 410) {
    heard = Date.now();
    end(answer.headers.has("ICR-Signed-Out") && typed());
  }
}

function listen(words = "This page is hidden because the service does not answer. It comes back by itself when the service does.") {
  if (Date.now() - heard > silence) {
    hide(words);
  }
}

function show() {
  delete document.documentElement.dataset.hidden;
  document.querySelector(".icr-hidden")?.remove();
}

function hide(words, ...more) {
  if (over) {
    return;
  }
  document.documentElement.dataset.hidden = "";
  let notice = document.querySelector(".icr-hidden");
  if (!notice) {
    notice = document.createElement("div");
    document.querySelector("footer").before(notice);
  }
  notice.className = "icr-hidden";
  notice.setAttribute("role", "alert");
  notice.replaceChildren(...[words, ...more].map(paragraph));
}

// typed reports whether the page holds what its author has still to send.
function typed() {
  return [...document.querySelectorAll("main :is(textarea, input)")].some((field) => field.value !== field.defaultValue);
}

// end hides a page for good if it is about a patient, unless its author may come back to what they typed. Any other comes back with what was typed once the same person, in the same
// role, has signed in again in another tab.
function end(waits) {
  document.querySelector(".icr-ending")?.remove();
  if (onRecord && !waits) {
    document.querySelector("main")?.remove();
    document.querySelector(".icr-late")?.remove();
    hide("This page can no longer be shown.", link("Open it again", location.href));
    over = true;
  } else {
    hide("You are signed out, or have changed your role. What you typed is kept here until you close this page.", link("Sign in again in a new tab", "/signin", "_blank"));
  }
}

// warn tells of the end of the session, while there is time to put it off.
function warn(idle, session) {
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  let words;
  let way;
  if (session <= 300) {
    words = `You have to sign in again by ${at(session)}. Do it in a new tab, and what you have typed here stays.`;
    way = link("Sign in again", "/account/again", "_blank");
  } else if (idle <= 120) {
    words = `You will be signed out at ${at(idle)}.`;
    way = document.createElement("button");
    way.type = "button";
    way.textContent = "Stay signed in";
    way.onclick = () => fetch("/account/stay", { method: "POST", redirect: "error" }).then(ask);
  }
  const before = document.querySelector(".icr-ending");
  if (!words || before) {
    if (!words) {
      before?.remove();
    }
    return;
  }
  way.className = "nhsuk-button nhsuk-button--secondary icr-ending__way";
  const bar = document.createElement("div");
  bar.className = "icr-ending";
  bar.setAttribute("role", "alert");
  bar.append(paragraph(words), way);
  document.body.append(bar);
}

function paragraph(content) {
  const p = document.createElement("p");
  p.append(content);
  return p;
}

function link(words, href, target) {
  const a = document.createElement("a");
  a.textContent = words;
  a.href = href;
  if (target) {
    a.target = target;
    a.rel = "noopener";
  }
  return a;
}
