// A list whose newest row is on top, and which never moves while somebody points at it or reads it.
const KEPT_MAX = 200;

export class Rows {
  // `section` holds the table; `drawn(row)` makes a table row; `changed()` is told when more or fewer wait.
  constructor(section, shownMax, drawn, changed) {
    Object.assign(this, { section, shownMax, drawn, changed });
    this.body = section.querySelector("tbody");
    this.empty = section.querySelector("[data-empty]");
    this.waiting = [];
    this.waitingCount = 0;
    this.pointed = this.read = this.paused = false;
    const place = section.querySelector("[data-hold]");
    place.addEventListener("pointerenter", () => this.hold("pointed", true));
    place.addEventListener("pointerleave", () => this.hold("pointed", false));
    place.addEventListener("focusin", () => this.hold("read", true));
    place.addEventListener("focusout", (event) => {
      if (!place.contains(event.relatedTarget)) this.hold("read", false);
    });
  }

  get held() { return this.pointed || this.read; }

  hold(why, holds) {
    this[why] = holds;
    this.changed();
    this.draw();
  }

  // `rows` newest first; `count` of how many they are the newest.
  add(rows, count) {
    this.waiting = rows.concat(this.waiting).slice(0, KEPT_MAX);
    this.waitingCount += count;
    this.draw();
  }

  draw() {
    if (this.held || this.paused) this.changed();
    else if (!this.drawing && this.waiting.length) {
      this.drawing = true;
      requestAnimationFrame(() => {
        this.drawing = false;
        if (!this.held && !this.paused) this.show();
      });
    }
  }

  show() {
    const fresh = document.createDocumentFragment();
    for (const row of this.waiting.slice(0, this.shownMax)) fresh.append(this.drawn(row));
    this.body.prepend(fresh);
    while (this.body.rows.length > this.shownMax) this.body.lastElementChild.remove();
    this.empty.hidden = this.body.rows.length > 0;
    this.waiting = [];
    this.waitingCount = 0;
    this.changed();
  }
}
