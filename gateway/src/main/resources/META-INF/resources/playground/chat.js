/** The chat: several turns, streamed. */
import { ApiFailure } from './api.js';
import { announce, byId, copyButton, make } from './dom.js';
import { showFailure, showNotice } from './failures.js';
import { message } from './language.js';
import { render } from './markdown.js';
import { anyModel, FITS, listModels, onModels } from './models.js';
import { areValid, samplingFields } from './sampling.js';
import { Streaming } from './streaming.js';

const FIELDS = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'max_tokens',
  'seed',
  'repetition_penalty',
  'presence_penalty',
  'frequency_penalty',
  'stop',
];
const EXAMPLES = ['chat.example1', 'chat.example2', 'chat.example3'];
const PULL = './weft pull hf:bartowski/SmolLM2-360M-Instruct-GGUF:Q8_0 --name smollm2-360m';
/** How far from its end a conversation may be and still follow the answer, in pixels. */
const NEAR = 80;
/** What screen readers are told of a long answer, in characters; the rest is in the conversation. */
const TOLD = 600;

/** Starts the tab. */
export function startChat() {
  new Chat();
}

class Chat {
  #log = byId('chat-log');
  #input = byId('chat-input');
  #model = byId('chat-model');
  #again = byId('chat-again');
  #new = byId('chat-new');
  #sampling = samplingFields(byId('chat-sampling'), 'chat', FIELDS);
  #streaming = new Streaming(byId('chat-send'), byId('chat-halt'));
  /** What was said: {role, content}. */
  #turns = [];

  constructor() {
    listModels(this.#model, FITS.chat);
    onModels(() => this.#turns.length === 0 && this.#welcome());
    byId('chat-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#input.addEventListener('keydown', (event) => {
      // Enter also chooses a word while Chinese is typed.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#again.addEventListener('click', () => this.#answerAgain());
    this.#new.addEventListener('click', () => this.#clear());
    byId('chat-settings').open = matchMedia('(min-width: 60rem)').matches;
  }

  #welcome() {
    if (this.#model.disabled && anyModel()) {
      showNotice(this.#log, 'noModel.chat', {}, PULL);
      return;
    }
    const examples = EXAMPLES.map((key) =>
      make('button', {
        type: 'button',
        message: key,
        on: {
          click: () => {
            this.#input.value = message(key);
            this.#input.focus();
          },
        },
      }),
    );
    this.#log.replaceChildren(
      make(
        'div',
        { class: 'welcome' },
        make('h2', { message: 'chat.welcome' }),
        make('p', { class: 'note', message: 'chat.welcomeNote' }),
        make('div', { class: 'examples' }, ...examples),
      ),
    );
  }

  #clear() {
    this.#streaming.stop();
    this.#turns = [];
    this.#buttons();
    this.#welcome();
    this.#input.focus();
  }

  #send() {
    const content = this.#input.value.trim();
    if (content === '' || this.#streaming.isRunning || !areValid(byId('chat-sampling'))) return;
    if (this.#turns.length === 0) this.#log.replaceChildren();
    this.#input.value = '';
    // A message that got no answer is not part of what was said: templates want turns to alternate.
    if (this.#turns.at(-1)?.role === 'user') this.#turns.pop();
    this.#turns.push({ role: 'user', content });
    this.#log.append(
      make(
        'article',
        { class: 'turn user' },
        make('h2', { class: 'who', message: 'chat.you' }),
        make('div', { class: 'content' }, make('p', {}, content)),
      ),
    );
    this.#answer();
  }

  #answerAgain() {
    if (this.#streaming.isRunning || !areValid(byId('chat-sampling'))) return;
    if (this.#turns.at(-1).role === 'assistant') this.#turns.pop();
    this.#log.lastElementChild.remove();
    this.#answer();
  }

  async #answer() {
    const turns = this.#turns;
    const place = this.#place(this.#model.value);
    this.#log.append(place.article);
    this.#follow();
    this.#buttons();
    let text = '';
    try {
      const result = await this.#streaming.run('/v1/chat/completions', this.#request(), (choice) => choice.delta?.content, (now) => {
        if (now === '') return;
        if (text === '') announce('chat.started');
        text = now;
        this.#show(place.content, now);
      });
      text = result.text;
      const isNear = this.#isNearEnd();
      place.end(result);
      if (isNear) this.#follow();
      if (text !== '') announce('chat.finished', { text: text.slice(0, TOLD) });
    } catch (e) {
      if (!(e instanceof ApiFailure)) throw e;
      text = e.text;
      place.fail(e);
      this.#follow();
    }
    // Otherwise a new chat has begun meanwhile.
    if (turns === this.#turns) {
      if (text !== '') turns.push({ role: 'assistant', content: text });
      this.#buttons();
    }
  }

  #request() {
    const system = byId('chat-system').value.trim();
    const messages = system === '' ? this.#turns : [{ role: 'system', content: system }, ...this.#turns];
    return { model: this.#model.value, messages, ...this.#sampling() };
  }

  /** Where an answer goes: its element, and what its end does to it. */
  #place(model) {
    const content = make('div', { class: 'content' }, make('p', { class: 'note waiting', message: 'chat.thinking' }));
    const foot = make('footer', { class: 'figures' });
    const article = make('article', { class: 'turn assistant' }, make('h2', { class: 'who' }, model), content, foot);
    article.setAttribute('aria-busy', 'true');
    return {
      article,
      content,
      end: ({ text, meter, usage, finish }) => {
        article.removeAttribute('aria-busy');
        if (text === '') content.replaceChildren(make('p', { class: 'note', message: 'chat.empty' }));
        meter.show(foot, usage, finish === 'length' || finish === 'stopped' ? `finish.${finish}` : '');
        if (text !== '') foot.append(copyButton('copy.answer', () => text));
      },
      fail: (failure) => {
        article.removeAttribute('aria-busy');
        if (failure.text === '') content.replaceChildren();
        showFailure(foot, 'failure.chat', failure);
      },
    };
  }

  #show(content, text) {
    const isNear = this.#isNearEnd();
    content.querySelector('.waiting')?.remove();
    render(content, text);
    if (isNear) this.#follow();
  }

  #isNearEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR;
  }

  #follow() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #buttons() {
    this.#new.disabled = this.#turns.length === 0;
    this.#again.disabled = this.#turns.length === 0 || this.#streaming.isRunning;
  }
}
