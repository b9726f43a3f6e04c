/** A text's tokens, coloured, with their ids. */
import { call } from './api.js';
import { byId, make } from './dom.js';
import { showNotice } from './failures.js';
import { message, number, say } from './language.js';
import { latest } from './latest.js';
import { figure } from './meter.js';
import { anyModel, FITS, listModels, onModels } from './models.js';

const COLOURS = 6;
/** After the last key, in milliseconds. */
const PAUSE = 250;
/** What does not show by itself. */
const SIGNS = { ' ': '·', '\n': '⏎', '\t': '⇥' };

/** Starts the tab; returns what is to be done when it is first shown. */
export function startTokens() {
  const model = byId('tokens-model');
  const input = byId('tokens-input');
  const special = byId('tokens-special');
  const failure = byId('tokens-failure');
  const run = latest(failure, 'failure.tokens');
  let timer = 0;

  const cut = () => {
    clearTimeout(timer);
    if (model.disabled) {
      if (anyModel()) showNotice(failure, 'noModel.any');
      return;
    }
    const text = input.value;
    if (text === '') {
      show([], '');
      return;
    }
    run(async (signal) => {
      const body = { model: model.value, inputs: text, add_special_tokens: special.checked };
      const [tokens] = await call('/tokenize', body, signal);
      show(tokens, text);
    });
  };

  input.value = message('tokens.example');
  listModels(model, FITS.any);
  onModels(() => !byId('tokens').hidden && cut());
  model.addEventListener('change', cut);
  special.addEventListener('change', cut);
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(cut, PAUSE);
  });
  return cut;
}

function show(tokens, text) {
  byId('tokens-output').replaceChildren(...tokens.map(piece));
  const characters = [...text].length;
  const specials = tokens.filter((token) => token.special).length;
  const shown = [figure('figure.tokens', () => number(tokens.length)), figure('figure.characters', () => number(characters))];
  if (specials > 0) shown.push(figure('figure.special', () => number(specials)));
  if (tokens.length > specials) {
    shown.push(figure('figure.perToken', () => number(characters / (tokens.length - specials), 1)));
  }
  byId('tokens-figures').replaceChildren(...shown);
}

function piece(token, index) {
  const text = [...token.text].map((c) => SIGNS[c] ?? c).join('');
  const item = make(
    'li',
    { class: token.special ? 'piece special' : `piece c${index % COLOURS}` },
    make('span', { class: 'text' }, text === '' ? '∅' : text),
    make('span', { class: 'id' }, String(token.id)),
  );
  say(item, 'tokens.token', { id: token.id }, 'title');
  return item;
}
