// Runs before the first paint, so that neither the wrong theme nor the wrong language shows. A file, because the page's policy allows no
// inline script; plain, because it is served as it is. The same keys and defaults are in src/theme and src/i18n.
;(() => {
  let theme = null
  let language = null
  try {
    theme = localStorage.getItem('catraca.theme')
    language = localStorage.getItem('catraca.language')
  } catch {}
  const isDark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', isDark)
  document.documentElement.lang = language || (/^pt\b/i.test(navigator.language) ? 'pt-BR' : 'en')
})()
