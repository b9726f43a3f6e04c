/** The fields that say how tokens are chosen. An empty field is left out of the request. */
import { make } from './dom.js';
import { number, say } from './language.js';

/** name: [lowest, highest, step]; the bounds are the API's. */
const FIELDS = {
  temperature: [0, 2, 0.1],
  top_p: [0.01, 1, 0.01],
  top_k: [1, 1000, 1],
  min_p: [0, 1, 0.01],
  max_tokens: [1, 100000, 1],
  seed: [0, 2147483647, 1],
  repetition_penalty: [0.01, 10, 0.01],
  presence_penalty: [-2, 2, 0.1],
  frequency_penalty: [-2, 2, 0.1],
};

const STOPS = 'stop';

/** Puts fields into an element and returns what reads them: () → {name: value}. */
export function samplingFields(place, prefix, names) {
  const inputs = names.map((name) => {
    const input = make('input', { id: `${prefix}-${name}`, name, autocomplete: 'off' });
    const label = make('span', { message: `sampling.${name}` });
    if (name === STOPS) {
      input.type = 'text';
      say(input, 'sampling.none', {}, 'placeholder');
    } else {
      const [low, high, step] = FIELDS[name];
      Object.assign(input, { type: 'number', inputMode: 'decimal', min: low, max: high, step });
      say(input, 'sampling.own', {}, 'placeholder');
      say(input, 'sampling.range', { low: () => number(low, decimals(low)), high: () => number(high) }, 'title');
    }
    place.append(make('label', { class: 'field' }, label, input));
    return input;
  });
  return () => Object.fromEntries(inputs.filter((input) => input.value !== '').map((input) => [input.name, valueOf(input)]));
}

/** The first field that the browser finds wrong says so; true when there is none. */
export function areValid(place) {
  return [...place.querySelectorAll('input')].every((input) => input.reportValidity());
}

function valueOf(input) {
  return input.name === STOPS ? [input.value] : Number(input.value);
}

function decimals(value) {
  return Number.isInteger(value) ? 0 : 2;
}
