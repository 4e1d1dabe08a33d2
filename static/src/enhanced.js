// Runs first in <body>, before anything is painted, so that what scripts will change never shows unchanged. Not a module: those run too late.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("nhsuk-frontend-supported");
}
