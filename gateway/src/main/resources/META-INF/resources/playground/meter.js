/** Times of one streamed answer. */
import { make } from './dom.js';
import { number, say } from './language.js';

/** Begins with the request. */
export class Meter {
  #begun = performance.now();
  #first = 0;
  #last = 0;
  #deltas = 0;

  /** Notes a piece of text. */
  tick() {
    this.#last = performance.now();
    if (this.#deltas++ === 0) this.#first = this.#last;
  }

  /** Milliseconds to the first piece of text; NaN when none came. */
  get firstMs() {
    return this.#deltas > 0 ? this.#first - this.#begun : NaN;
  }

  /**
   * Puts the figures into an element: time to first token, tokens a second after it, tokens.
   *
   * @param usage the server's count; without it, as after a stop, pieces of text stand for tokens
   */
  show(place, usage, end) {
    const tokens = usage?.completion_tokens ?? this.#deltas;
    const seconds = (this.#last - this.#first) / 1000;
    const shown = [];
    if (this.#deltas > 0) shown.push(figure('figure.first', () => duration(this.firstMs)));
    if (tokens > 1 && seconds > 0) shown.push(figure('figure.speed', () => number((tokens - 1) / seconds, 1)));
    shown.push(figure('figure.tokens', () => number(tokens)));
    if (usage) shown.push(figure('figure.prompt', () => number(usage.prompt_tokens)));
    if (end) shown.push(make('span', { class: 'figure end', message: end }));
    place.replaceChildren(...shown);
  }
}

/** One figure: a message with {value}. */
export function figure(key, value) {
  const element = make('span', { class: 'figure' });
  say(element, key, { value });
  return element;
}

function duration(ms) {
  return ms < 1000 ? `${number(ms)} ms` : `${number(ms / 1000, 2)} s`;
}
