// Light and dark: what the system says, until someone chooses.

import { $ } from "./dom.js";

const KEY = "worldmap-theme";

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be switched off
  }
}

/** Set up the button; calls onChange(isDark) now and at each change. */
export function setUpTheme(onChange) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = stored();
  const apply = () => {
    const dark = chosen ? chosen === "dark" : system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    $("theme").textContent = dark ? "Light" : "Dark";
    onChange(dark);
  };
  system.addEventListener("change", apply);
  $("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // then it holds until the page is closed
    }
    apply();
  });
  apply();
}
