/** Text to text: what an encoder-decoder writes for a text, streamed. */
import { announce, byId, copyButton } from './dom.js';
import { showFailure, showNotice } from './failures.js';
import { message } from './language.js';
import { anyModel, FITS, listModels, onModels } from './models.js';
import { areValid, samplingFields } from './sampling.js';
import { Streaming } from './streaming.js';

const FIELDS = ['max_tokens', 'temperature', 'top_p', 'seed'];
const PULL = './weft pull hf:google/flan-t5-small --name flan-t5-small';
/** A completion ends after 16 tokens when nothing is said, as OpenAI's. */
const MAX_TOKENS = '128';

/** Starts the tab. */
export function startText() {
  const model = byId('text-model');
  const input = byId('text-input');
  const output = byId('text-output');
  const failure = byId('text-failure');
  const figures = byId('text-figures');
  const place = byId('text-sampling');
  const sampling = samplingFields(place, 'text', FIELDS);
  const streaming = new Streaming(byId('text-run'), byId('text-halt'));

  byId('text-max_tokens').value = MAX_TOKENS;
  byId('text-temperature').value = '0';
  input.value = message('text.example');
  listModels(model, FITS.text);
  onModels(() => {
    byId('text-run').disabled = model.disabled;
    if (model.disabled && anyModel()) showNotice(failure, 'text.noModel', {}, PULL);
    else failure.replaceChildren();
  });

  byId('text-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    if (streaming.isRunning || model.disabled || !areValid(place)) return;
    failure.replaceChildren();
    figures.replaceChildren();
    output.textContent = '';
    const body = { model: model.value, prompt: input.value, ...sampling() };
    const show = (text) => {
      output.textContent = text;
    };
    try {
      const { text, meter, usage, finish } = await streaming.run('/v1/completions', body, (choice) => choice.text, show);
      meter.show(figures, usage, finish === 'length' || finish === 'stopped' ? `finish.${finish}` : '');
      figures.append(copyButton('copy.answer', () => text));
      announce('chat.finished', { text });
    } catch (e) {
      showFailure(failure, 'failure.text', e);
    }
  });
}
