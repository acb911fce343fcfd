// The scheme a person chose, before the first paint; without a choice the system's holds.
(() => {
  try {
    const chosen = window.localStorage.getItem('vigil-app-scheme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.scheme = chosen;
  } catch {
    // Storage may be forbidden; the system's scheme will do.
  }
})();
