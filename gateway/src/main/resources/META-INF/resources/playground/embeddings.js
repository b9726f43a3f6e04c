/** Compares sentences: a heat map of the cosines of their embeddings. */
import { call } from './api.js';
import { heatCell } from './attention-picture.js';
import { byId, make } from './dom.js';
import { showNotice } from './failures.js';
import { message, number, onLanguage, say } from './language.js';
import { latest } from './latest.js';
import { anyModel, FITS, listModels, onModels } from './models.js';

const MOST = 24;
const PULL = './weft pull hf:sentence-transformers/all-MiniLM-L12-v2 --name minilm-l12';

/** Starts the tab; returns what is to be done when it is first shown. */
export function startEmbeddings() {
  const model = byId('embeddings-model');
  const input = byId('embeddings-input');
  const failure = byId('embeddings-failure');
  const run = latest(failure, 'failure.embeddings');
  let redraw = () => {};

  const compare = () => {
    const sentences = input.value.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    if (model.disabled) {
      if (anyModel()) showNotice(failure, 'noModel.embed', {}, PULL);
    } else if (sentences.length < 2) showNotice(failure, 'embeddings.two');
    else if (sentences.length > MOST) showNotice(failure, 'embeddings.many', { count: sentences.length, most: MOST });
    else {
      run(async (signal) => {
        const answer = await call('/v1/embeddings', { model: model.value, input: sentences, encoding_format: 'float' }, signal);
        const vectors = answer.data.map((item) => item.embedding);
        const cosines = vectors.map((a) => vectors.map((b) => cosine(a, b)));
        redraw = () => draw(sentences, cosines);
        redraw();
      });
    }
  };

  input.value = message('embeddings.example');
  listModels(model, FITS.embed);
  onModels(() => !byId('embeddings').hidden && compare());
  onLanguage(() => redraw());
  model.addEventListener('change', compare);
  byId('embeddings-form').addEventListener('submit', (event) => {
    event.preventDefault();
    compare();
  });
  return compare;
}

/** The cosine of two vectors of one length; 0 where one of them is zero. */
export function cosine(a, b) {
  const dot = (u, v) => u.reduce((total, value, i) => total + value * v[i], 0);
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : dot(a, b) / lengths;
}

function draw(sentences, cosines) {
  const caption = make('caption', { message: 'embeddings.caption' });
  const top = make('tr', {}, make('td'), ...sentences.map((sentence, i) => make('th', { scope: 'col', title: sentence }, String(i + 1))));
  const rows = cosines.map((row, i) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, make('span', { class: 'index' }, `${i + 1} `), sentences[i]),
      ...row.map((value) => heatCell(value, number(value, 2))),
    ),
  );
  byId('embeddings-table').replaceChildren(
    make('table', { class: 'heat sentences' }, caption, make('thead', {}, top), make('tbody', {}, ...rows)),
  );
  const [value, i, j] = cosines.flatMap((row, i) => row.slice(0, i).map((value, j) => [value, j, i])).reduce((a, b) => (b[0] > a[0] ? b : a));
  say(byId('embeddings-reading'), 'embeddings.nearest', { first: i + 1, second: j + 1, value: () => number(value, 2) });
}
