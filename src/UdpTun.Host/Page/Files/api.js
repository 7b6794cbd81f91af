// The way to the server: single questions, and the one stream of everything that is shown.

const longestPause = 10;
const patience = 8000; // the stream tells something each second

/** The server has answered that it cannot, in a sentence. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Api {
  constructor(token) {
    this.token = token;
  }

  async ask(path, { method = "GET", signal } = {}) {
    const response = await fetch(`api/${path}`, { method, signal, cache: "no-store", headers: { Authorization: `Bearer ${this.token}` } });
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    throw new Refusal(response.status, answer.error ?? `the server answered with status ${response.status}`);
  }

  flow(id) {
    return this.ask(`flows/${encodeURIComponent(id)}`).then((response) => response.json());
  }

  kill(id) {
    return this.ask(`flows/${encodeURIComponent(id)}/kill`, { method: "POST" }).then((response) => response.json());
  }
}

/**
 * Follows the stream for as long as the page is looked at, and comes back after each loss.
 * tell(name, answer, isFirst) is given every event, follow(state, detail) how the connection is:
 * live, lost (detail: seconds until the next try), paused, refused (detail: the refusal).
 */
export class Watch {
  #api;
  #tell;
  #follow;
  #query = "";
  #attempt = null;
  #failures = 0;
  #timer = 0;

  constructor(api, tell, follow) {
    this.#api = api;
    this.#tell = tell;
    this.#follow = follow;
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /** Asks for other flows from now on. */
  start(query) {
    this.#query = query;
    this.#failures = 0;
    this.#connect();
  }

  #onVisibility() {
    if (document.hidden) {
      this.#stop();
      this.#follow("paused");
    } else {
      this.#connect();
    }
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#attempt?.abort();
    this.#attempt = null;
  }

  async #connect() {
    this.#stop();
    if (document.hidden) return;
    const attempt = (this.#attempt = new AbortController());
    try {
      const response = await this.#api.ask(`watch?${this.#query}`, { signal: attempt.signal });
      await this.#read(response.body, attempt);
    } catch (error) {
      if (error instanceof Refusal && error.status < 500) {
        if (this.#attempt === attempt) this.#follow("refused", error);
        return;
      }
    }

    // Another attempt has taken its place, or nobody looks any more.
    if (this.#attempt !== attempt) return;
    this.#retry(Math.min(longestPause, 2 ** this.#failures++));
  }

  #retry(seconds) {
    this.#follow("lost", seconds);
    this.#timer = setTimeout(() => (seconds > 1 ? this.#retry(seconds - 1) : this.#connect()), 1000);
  }

  async #read(body, attempt) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const seen = new Set();
    let text = "";
    for (;;) {
      const silent = setTimeout(() => attempt.abort(), patience);
      const { value, done } = await reader.read().finally(() => clearTimeout(silent));
      if (done) return;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const { name, data } = parse(text.slice(0, end));
        text = text.slice(end + 2);
        if (this.#attempt !== attempt) return;
        this.#failures = 0;
        this.#follow("live");
        this.#tell(name, JSON.parse(data), !seen.has(name));
        seen.add(name);
      }
    }
  }
}

/** One server-sent event (HTML, section 9.2), as the server writes them: a name and one line of data. */
function parse(block) {
  const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { name: field("event"), data: field("data") };
}
