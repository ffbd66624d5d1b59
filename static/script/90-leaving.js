// Leaving a page hides the values that it shows; coming back to a page that the
// browser kept frees its forms.
addEventListener('pagehide', () => $$('.secret[data-shown]').forEach(hideValue));
addEventListener('pageshow', () => $$('form[data-busy]').forEach((f) => { delete f.dataset.busy; }));
