/** The attention of a chosen layer and head between the words of a text. */
import { call } from './api.js';
import { drawHead, drawPicture, drawTable } from './attention-picture.js';
import { byId, make } from './dom.js';
import { showNotice } from './failures.js';
import { message, onLanguage, say } from './language.js';
import { latest } from './latest.js';
import { anyModel, FITS, listModels, onModels } from './models.js';
import { joined } from './words.js';

const ROUTE = '/v1/attentions';
/** The shortest text there is: asked once a model, to learn how many layers it has. */
const PROBE = 'a';
const PULL = './weft pull hf:sentence-transformers/all-MiniLM-L12-v2 --name minilm-l12';

/** Starts the tab; returns what is to be done when it is first shown. */
export function startAttention() {
  return new Attention().first;
}

class Attention {
  #model = byId('attention-model');
  #layer = byId('attention-layer');
  #input = byId('attention-input');
  #words = byId('attention-words');
  #heads = byId('attention-heads');
  #failure = byId('attention-failure');
  #run = latest(this.#failure, 'failure.attention');
  /** Numbers of layers by model. */
  #layers = new Map();
  /** Of the layer that is shown: {layer, tokens, heads: [{head, weights}]}; null before the first answer. */
  #shown = null;
  #head = 0;

  constructor() {
    this.#input.value = message('attention.example');
    listModels(this.#model, FITS.encoder);
    onModels(() => !byId('attention').hidden && this.#ask());
    byId('attention-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask();
    });
    this.#model.addEventListener('change', () => this.#ask());
    this.#layer.addEventListener('change', () => this.#ask());
    this.#words.addEventListener('change', () => this.#draw());
    onLanguage(() => this.#draw());
  }

  /** Draws the first picture. */
  first = () => this.#ask();

  #ask() {
    if (this.#model.disabled) {
      if (anyModel()) showNotice(this.#failure, 'noModel.encoder', {}, PULL);
      return;
    }
    this.#run(async (signal) => {
      const model = this.#model.value;
      await this.#countLayers(model, signal);
      const layer = Number(this.#layer.value);
      const text = this.#input.value;
      const answer = await call(ROUTE, { model, input: text, layers: [layer] }, signal);
      const { tokens, attentions } = answer.data[0];
      this.#shown = { text, layer, tokens, heads: attentions };
      this.#draw();
    });
  }

  async #countLayers(model, signal) {
    if (!this.#layers.has(model)) {
      const answer = await call(ROUTE, { model, input: PROBE, heads: [0] }, signal);
      this.#layers.set(model, answer.data[0].attentions.length);
    }
    const count = this.#layers.get(model);
    if (this.#layer.options.length === count) return;
    const chosen = Number(this.#layer.value);
    const options = Array.from({ length: count }, (_, i) => make('option', { value: i }, String(i + 1)));
    this.#layer.replaceChildren(...options);
    this.#layer.value = String(Math.min(chosen, count - 1));
  }

  #draw() {
    if (this.#shown === null) return;
    const { text, layer, tokens, heads } = this.#shown;
    const pictures = heads.map(({ weights }) => (this.#words.checked ? joined(text, tokens, weights) : plain(tokens, weights)));
    this.#head = Math.min(this.#head, heads.length - 1);
    this.#drawHeads(heads, pictures);
    const show = () => {
      const { labels, weights } = pictures[this.#head];
      drawPicture(byId('attention-picture'), byId('attention-reading'), labels, weights);
      drawTable(byId('attention-table'), labels, weights, layer + 1, this.#head + 1);
    };
    this.#heads.onchange = (event) => {
      this.#head = Number(event.target.value);
      show();
    };
    show();
  }

  /** A radio button a head, with a small picture of it. */
  #drawHeads(heads, pictures) {
    const hadFocus = this.#heads.contains(document.activeElement);
    this.#heads.replaceChildren(
      ...heads.map((_, i) => {
        const radio = make('input', { type: 'radio', name: 'attention-head', value: i, checked: i === this.#head });
        say(radio, 'attention.headNumber', { number: i + 1 }, 'label');
        const label = make('label', { class: 'head' }, radio, drawHead(pictures[i].weights), make('span', { 'aria-hidden': 'true' }, String(i + 1)));
        return label;
      }),
    );
    if (hadFocus) this.#heads.querySelectorAll('input')[this.#head].focus();
  }
}

function plain(tokens, weights) {
  return { labels: tokens.map((token) => token.text), weights };
}
