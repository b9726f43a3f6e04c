/** One streamed answer at a time: its stop button, its place, its figures. */
import { stream } from './api.js';
import { Meter } from './meter.js';

/** Lets a form ask for one answer at a time, and stop it. */
export class Streaming {
  #start;
  #stop;
  #abort = null;

  /** Buttons that begin and stop an answer; one of them is there at a time. */
  constructor(start, stop) {
    this.#start = start;
    this.#stop = stop;
    stop.addEventListener('click', () => this.stop());
  }

  get isRunning() {
    return this.#abort !== null;
  }

  /** Ends the answer that runs, if any: the server frees its place at once. */
  stop() {
    this.#abort?.abort();
  }

  /**
   * Runs one request to its end.
   *
   * @param read the text of a chunk's choice
   * @param show called with the whole text so far, at most once a frame
   * @returns {text, meter, usage, finish}: finish is the server's reason, or 'stopped'
   * @throws ApiFailure, with the text so far in its property `text`
   */
  async run(path, body, read, show) {
    const meter = new Meter();
    const result = { text: '', meter, usage: null, finish: '' };
    const abort = new AbortController();
    const frames = new Frames(() => show(result.text));
    this.#toggle(abort);
    try {
      const asked = { ...body, stream_options: { include_usage: true } };
      for await (const chunk of stream(path, asked, abort.signal)) {
        const choice = chunk.choices?.[0];
        const piece = choice ? read(choice) : '';
        if (piece) {
          meter.tick();
          result.text += piece;
          frames.ask();
        }
        result.finish = choice?.finish_reason ?? result.finish;
        result.usage = chunk.usage ?? result.usage;
      }
    } catch (e) {
      if (e.name !== 'AbortError') throw Object.assign(e, { text: result.text });
      result.finish = 'stopped';
    } finally {
      frames.end();
      this.#toggle(null);
    }
    return result;
  }

  #toggle(abort) {
    const hadFocus = [this.#start, this.#stop].includes(document.activeElement);
    this.#abort = abort;
    this.#start.hidden = abort !== null;
    this.#stop.hidden = abort === null;
    if (hadFocus) (abort ? this.#stop : this.#start).focus();
  }
}

/** Calls back once a frame at most, however often it is asked. */
class Frames {
  #callback;
  #asked = 0;

  constructor(callback) {
    this.#callback = callback;
  }

  ask() {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#callback();
    });
  }

  /** Shows what was asked for and has not been shown. */
  end() {
    if (this.#asked) cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    this.#callback();
  }
}
