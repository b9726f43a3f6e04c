/** Which models there are, in the page's lists of models. */
import { call } from './api.js';
import { byId, make } from './dom.js';
import { showFailure } from './failures.js';

/** What a tab asks of a model. */
export const FITS = {
  chat: (model) => model.family === 'decoder' && model.tasks.includes('generate'),
  text: (model) => model.family === 'encoder-decoder',
  any: () => true,
  encoder: (model) => model.family === 'encoder',
  embed: (model) => model.tasks.includes('embed'),
};

const lists = [];
const listeners = [];
let models = [];

/** Fills a list with the models that fit, now and whenever the models are asked for. */
export function listModels(select, fits) {
  lists.push({ select, fits });
}

/** Calls back after each answer of the server. */
export function onModels(listener) {
  listeners.push(listener);
}

/** Asks the server for its models. */
export async function loadModels() {
  try {
    models = (await call('/v1/models')).data;
    byId('models-failure').replaceChildren();
  } catch (e) {
    models = [];
    showFailure(byId('models-failure'), 'failure.models', e);
  }
  for (const { select, fits } of lists) {
    const chosen = select.value;
    select.replaceChildren(...models.filter(fits).map((model) => make('option', { value: model.id }, model.id)));
    if (models.some((model) => model.id === chosen && fits(model))) select.value = chosen;
    select.disabled = select.options.length === 0;
  }
  listeners.forEach((listener) => listener());
}

/** Whether the server has answered with any model at all. */
export function anyModel() {
  return models.length > 0;
}
