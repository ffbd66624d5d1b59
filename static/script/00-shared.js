// Helpers for all other files. The server joins the files of this folder in the
// order of their names and wraps them in one strict function, so they share
// names with each other and with nothing else. Only this file must come first;
// a file says so where its place matters otherwise.
//
// Pages work without script. Every behaviour here adds to a plain form or link.
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const id = (name) => document.getElementById(name);
const on = (type, run, capture) => document.addEventListener(type, run, capture);
// Finds the nearest ancestor of the event's target that matches, or the target.
const nearest = (e, selector) => e.target.closest?.(selector);
const root = document.documentElement;
const words = JSON.parse($('meta[name="keywicket-words"]').content);

// The page's content security policy allows this one Trusted Types policy.
// Answers of this server become elements, and nothing becomes code.
const rules = { createHTML: (s) => s, createScript: () => '' };
const policy = window.trustedTypes?.createPolicy('htmx', rules) ?? rules;
const never = function () { throw new Error('code in attributes is switched off'); };
htmx.registerExtension('keywicket', { init: (api) => api.initSecurity(policy, never, never) });
const parse = (html) => new DOMParser().parseFromString(policy.createHTML(html), 'text/html');

// Returns the dialog on top, or undefined when none is open.
const modal = () => $$('dialog[open]').at(-1);

// Returns the button of the menu that the node is in, or undefined outside of a menu.
function menuButton(node) {
  const menu = node.closest('[role=menu]');
  return menu ? id(menu.id + '-button') : undefined;
}

// onContent registers what new content needs: run gets the element that holds
// it, once for the whole page and again after each swap, in the order of the
// files. prepare calls them for content that htmx did not bring.
const preparations = [];
const onContent = (run) => preparations.push(run);
const prepare = (from) => preparations.forEach((run) => run(from));
on('DOMContentLoaded', () => prepare(root));
htmx.onLoad((node) => { if (node !== document.body) prepare(node.parentElement ?? node); });

// Controls that do nothing without script are hidden in the page's source.
onContent((from) => $$('[data-needs-script], [data-copy]', from).forEach((n) => { n.hidden = false; }));
