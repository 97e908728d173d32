/** IdleTimeout says that nothing moved for too long. */
export class IdleTimeout extends Error {
  readonly code = "ETIMEDOUT";
}

/** IdleTimer calls back when it was started and neither started again nor stopped within its time (milliseconds). */
export class IdleTimer {
  readonly #milliseconds: number;
  readonly #expired: (error: IdleTimeout) => void;
  #timer: NodeJS.Timeout | undefined;
  #runs = false;

  constructor(milliseconds: number, expired: (error: IdleTimeout) => void) {
    this.#milliseconds = milliseconds;
    this.#expired = expired;
  }

  start(): void {
    this.#runs = true;
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => this.#fire(), this.#milliseconds);
  }

  /** A stopped timer is kept: starting and stopping for every chunk must cost nothing. */
  pause(): void {
    this.#runs = false;
  }

  stop(): void {
    this.#runs = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fire(): void {
    if (!this.#runs) {
      this.#timer = undefined;
      return;
    }
    this.stop();
    this.#expired(new IdleTimeout(`nothing moved for ${this.#milliseconds / 1000} s`));
  }
}
