// What an abbreviation stands for goes away again on Escape, for as long as it is pointed at or has the focus.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll(".icr-abbr:is(:hover, :focus)").forEach((abbr) => {
      abbr.classList.add("icr-abbr--shut");
      for (const end of ["mouseleave", "blur"]) {
        abbr.addEventListener(end, () => abbr.classList.remove("icr-abbr--shut"), { once: true });
      }
    });
  }
});
