// Puts the chosen theme on the page before the first paint; the only script that is not a module.

{
  const THEMES = ["dark", "light", "system"];
  let chosen = "dark";
  try {
    chosen = localStorage.getItem("theme") ?? "dark";
  } catch {
    // Storage may be forbidden; the default is good.
  }
  document.documentElement.dataset.theme = THEMES.includes(chosen) ? chosen : "dark";
}
