// Browsers can keep a page as it was left and show it again on going back, even
// after the reader has signed out. A page that is kept is emptied, so that
// nothing of the account can be seen in it, and is loaded again when it returns.
const empty = () => document.body.replaceChildren();

addEventListener('pagehide', (e) => { if (e.persisted) empty(); });
addEventListener('pageshow', (e) => {
  if (!e.persisted) return;
  empty();
  location.reload();
});
