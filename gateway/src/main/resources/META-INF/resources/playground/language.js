/**
 * English and Chinese. An element names its message in data-message (its text) or in data-message-label,
 * data-message-placeholder or data-message-title (an attribute), so that a switch of language
 * finds everything that is on the page, also what was added later.
 */
import { chinese } from './messages-zh.js';
import { english } from './messages-en.js';

const TABLES = { en: english, zh: chinese };
const STORED = 'weft.language';
const ATTRIBUTES = { label: 'aria-label', placeholder: 'placeholder', title: 'title' };

/** Values of the messages of elements: element → {text or attribute → {name → value or function}}. */
const values = new WeakMap();
const listeners = [];
let current = 'en';

/** The language: 'en' or 'zh'. */
export function language() {
  return current;
}

/**
 * A message. A value may be a function, called each time the message is made: a number that is written as the
 * language writes it, or a message of its own.
 */
export function message(key, given = {}) {
  const template = TABLES[current][key];
  if (template === undefined) throw new Error(`no message '${key}'`);
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    const value = given[name];
    return typeof value === 'function' ? value() : String(value);
  });
}

/** Sets the message of an element's text, or of one of its attributes: label, placeholder or title. */
export function say(element, key, given = {}, part = 'text') {
  const name = part === 'text' ? 'message' : `message${part[0].toUpperCase()}${part.slice(1)}`;
  element.dataset[name] = key;
  const all = values.get(element) ?? {};
  all[part] = given;
  values.set(element, all);
  write(element, part, key);
}

/** Takes the message of an element's text away, and the text with it. */
export function silence(element) {
  delete element.dataset.message;
  element.textContent = '';
}

/** A number as the language writes it. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(current, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Calls back after each switch, for what is no message of one element. */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** Begins in the language chosen before, else in the browser's. */
export function startLanguage() {
  const preferred = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? 'en';
  const chosen = localStorage.getItem(STORED);
  use(chosen in TABLES ? chosen : preferred.slice(0, 2).toLowerCase());
}

/** Switches between the two, for good. */
export function switchLanguage() {
  const other = current === 'en' ? 'zh' : 'en';
  localStorage.setItem(STORED, other);
  use(other);
}

function use(tag) {
  current = tag;
  document.documentElement.lang = tag === 'zh' ? 'zh-CN' : 'en';
  document.title = message('title');
  for (const element of document.querySelectorAll('[data-message]')) {
    write(element, 'text', element.dataset.message);
  }
  for (const part of Object.keys(ATTRIBUTES)) {
    for (const element of document.querySelectorAll(`[data-message-${part}]`)) {
      write(element, part, element.getAttribute(`data-message-${part}`));
    }
  }
  listeners.forEach((listener) => listener());
}

function write(element, part, key) {
  const text = message(key, values.get(element)?.[part]);
  if (part === 'text') element.textContent = text;
  else element.setAttribute(ATTRIBUTES[part], text);
}
