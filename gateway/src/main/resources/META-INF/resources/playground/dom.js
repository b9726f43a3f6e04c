/** Making elements. Text always becomes text nodes: nothing here reads HTML. */
import { say, silence } from './language.js';

const SVG = 'http://www.w3.org/2000/svg';

/** The element with an id, which must be there. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element '${id}'`);
  return element;
}

/**
 * A new element.
 *
 * @param attributes its attributes; `message` is the key of its text, `on` its listeners by event
 * @param children nodes and strings
 */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** A new SVG element. */
export function makeSvg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'message') say(element, value);
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A button that copies a text, and says for a moment that it did. */
export function copyButton(label, text) {
  const button = make('button', { type: 'button', class: 'quiet copy', message: 'copy' });
  say(button, label, {}, 'label');
  button.addEventListener('click', async () => {
    const key = (await copy(text())) ? 'copied' : 'copy.failed';
    say(button, key);
    announce(key);
    setTimeout(() => say(button, 'copy'), 1500);
  });
  return button;
}

/** Says a message to screen readers, politely. */
export function announce(key, given = {}) {
  const status = byId('status');
  silence(status);
  // A reader notices a change only.
  setTimeout(() => say(status, key, given), 50);
}

/** The clipboard is there for https and this machine only; elsewhere the old way has to do. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make('textarea', { class: 'hidden', 'aria-hidden': 'true', tabindex: '-1' });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return done;
  }
}
