// When this page comes back: the net is there again, or the machine has slept with its lid closed.

const TICK = 5_000;
const SLEPT = 90_000; // browsers let hidden pages tick once a minute

export class Awake {
  slept = false;
  last = Date.now();

  /** @param {() => void} woke */
  constructor(woke) {
    this.woke = () => woke();
    this.look = () => this.tick();
    this.timer = setInterval(this.look, TICK);
    window.addEventListener('online', this.woke);
    document.addEventListener('resume', this.woke); // a tab that the browser had frozen
    document.addEventListener('visibilitychange', this.look);
  }

  // A clock that leaps where it should have ticked in between has been asleep.
  tick() {
    const now = Date.now();
    this.slept ||= now - this.last > SLEPT;
    this.last = now;
    if (!this.slept || document.hidden) return;
    this.slept = false;
    this.woke();
  }

  close() {
    clearInterval(this.timer);
    window.removeEventListener('online', this.woke);
    document.removeEventListener('resume', this.woke);
    document.removeEventListener('visibilitychange', this.look);
  }
}
