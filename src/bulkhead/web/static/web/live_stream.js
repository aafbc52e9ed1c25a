// The connection: it comes back by itself, goes on where it was, and always says how it stands.
const QUIET_MS = 15000; // the server says something at least every five seconds
const AGAIN_MS = 3000;

export class Stream {
  // `heard(kind, body)` for every event; `stands(state, detail)` when the connection changes.
  constructor(address, heard, stands) {
    Object.assign(this, { address, heard, stands, last: null, source: null, over: false });
    this.heardAt = Date.now();
    setInterval(() => this.watch(), 1000);
  }

  open() {
    this.source?.close();
    if (this.over) return;
    const url = new URL(this.address, location.href);
    if (this.last !== null) url.searchParams.set("after", this.last);
    const source = new EventSource(url);
    this.source = source;
    for (const kind of ["hello", "history", "tick", "missed", "beat", "trouble", "end"]) {
      source.addEventListener(kind, (event) => this.take(kind, event));
    }
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      this.stands("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.ask(url);
    });
  }

  take(kind, event) {
    this.heardAt = Date.now();
    if (event.lastEventId) this.last = event.lastEventId;
    const body = JSON.parse(event.data);
    if (kind === "end" && (body.why === "ended" || body.why === "filters")) {
      this.over = true;
      this.source.close();
      this.stands(body.why);
    } else if (kind !== "end") this.heard(kind, body);
  }

  // An EventSource does not say why it was refused; the same question asked plainly does.
  async ask(url) {
    const leave = new AbortController();
    let wait = AGAIN_MS;
    try {
      const answer = await fetch(url, { redirect: "manual", signal: leave.signal });
      if (answer.status === 503) {
        wait = 1000 * Number(answer.headers.get("Retry-After") || 5);
        this.stands("full", wait / 1000);
      } else if (answer.ok) wait = 0;
      else {
        this.over = true;
        this.stands("ended");
      }
    } catch { /* still out of reach */ }
    leave.abort();
    setTimeout(() => this.open(), wait);
  }

  watch() {
    if (this.over || Date.now() - this.heardAt < QUIET_MS) return;
    this.stands("stale", this.heardAt);
    if (this.source?.readyState === EventSource.OPEN) this.open();
  }
}
