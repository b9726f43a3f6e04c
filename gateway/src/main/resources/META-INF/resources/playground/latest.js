/** Work of which only the latest matters: a newer one stops the one before. */
import { showFailure } from './failures.js';

/**
 * Runs requests one after another into one place.
 *
 * @param place where a failure shows
 * @param what key of the message that names what is tried
 */
export function latest(place, what) {
  let abort = null;
  return async (work) => {
    abort?.abort();
    const own = new AbortController();
    abort = own;
    try {
      await work(own.signal);
      if (abort === own) place.replaceChildren();
    } catch (e) {
      if (e.name !== 'AbortError') showFailure(place, what, e);
    }
  };
}
