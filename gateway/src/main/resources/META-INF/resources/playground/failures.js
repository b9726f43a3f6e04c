/** Shows what failed, in the server's words, and what to do. */
import { ApiFailure } from './api.js';
import { make } from './dom.js';
import { message, say } from './language.js';

/**
 * Puts a failure into an element.
 *
 * @param what key of the message that names what was tried
 */
export function showFailure(place, what, failure) {
  if (!(failure instanceof ApiFailure)) throw failure;
  const title = make('strong');
  say(title, `failure.${failure.kind}`, { what: () => message(what), status: failure.status });
  const advice = make('p');
  say(advice, ...failure.advice);
  const box = make('div', { class: 'notice bad', role: 'alert' }, title);
  if (failure.message) box.append(make('p', { class: 'words', lang: 'en' }, failure.message));
  box.append(advice);
  if (failure.status === 401 || failure.status === 403) {
    box.append(
      make('button', {
        type: 'button',
        message: 'key.open',
        on: { click: () => document.getElementById('key-open').click() },
      }),
    );
  }
  place.replaceChildren(box);
}

/** Puts a message into an element: something is missing, and what to do. */
export function showNotice(place, key, given = {}, command = '') {
  const text = make('p');
  say(text, key, given);
  const box = make('div', { class: 'notice' }, text);
  if (command) {
    const advice = make('p');
    say(advice, 'do.noModel', { command });
    box.append(advice);
  }
  place.replaceChildren(box);
}
