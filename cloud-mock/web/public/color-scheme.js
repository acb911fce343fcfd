// The scheme a person chose (kept by the portal's toggle), else the system's.
(() => {
  let chosen = null;
  try {
    chosen = window.localStorage.getItem('vigil-color-scheme');
  } catch {
    // Storage may be forbidden; the system's scheme will do.
  }
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  const scheme = chosen === 'light' || chosen === 'dark' ? chosen : dark ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
