import type { OnvifEvent } from '../../core/onvif/event.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { ContentFilter } from './content-filter.ts';
import type { TopicFilter } from './topic-filter.ts';

/** What a subscriber asked for. */
export interface Wanted {
  topics: TopicFilter | undefined;
  contents: readonly ContentFilter[];
  /** tev:ChangedOnly: no Initialized, no Deleted. */
  changedOnly: boolean;
}

export const wants = ({ topics, contents, changedOnly }: Wanted, event: OnvifEvent): boolean =>
  !(changedOnly && event.operation !== undefined && event.operation !== 'Changed') &&
  (topics === undefined || topics.matches(event.topic)) &&
  contents.every((matches) => matches(event));

/** Stored events in the order they are to be told. */
export interface StoredEvents {
  events: Iterator<OnvifEvent, void>;
  reverse: boolean;
}

/** Whoever asked for some topics only is told of the beginning too (Core §9.10). */
export const bufferBegin = 'tns1:EventBuffer/Begin';

/** Messages a subscription holds for a subscriber that does not come: the oldest go first. */
const maxQueued = 2000;

/** One subscription: its filter, its end, and what waits for the subscriber. */
export class Subscription {
  private readonly queue: OnvifEvent[] = [];
  /** What Seek went back to, before what is queued. */
  private stored: StoredEvents | undefined;
  private readonly ending = new AbortController();
  private arrived: (() => void) | undefined;
  private timer = false;

  constructor(
    /** Path of its endpoint. */
    readonly path: string,
    /** The whole address of its endpoint, as the subscriber was told. */
    readonly address: string,
    readonly kind: 'pull' | 'notify',
    private readonly wanted: Wanted,
    /** Fleet clock. */
    private expiresAt: number,
    private readonly clock: Clock,
    private readonly onEnd: (subscription: Subscription) => void,
  ) {
    this.watch();
  }

  get endsAt() {
    return this.expiresAt;
  }
  /** Fires when the subscription is over. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  add(event: OnvifEvent) {
    if (this.ended.aborted || this.stored?.reverse || !wants(this.wanted, event)) return;
    if (this.queue.length >= maxQueued) this.queue.shift();
    this.queue.push(event);
    this.arrived?.();
  }

  /** Is somebody waiting for messages right now? */
  get parked() {
    return this.arrived !== undefined;
  }

  /** Up to `limit` messages: those that wait, or the first that comes within `timeoutMs`; none when nothing came. */
  async take(limit: number, timeoutMs: number, gone: AbortSignal): Promise<OnvifEvent[]> {
    const old = this.takeStored(limit);
    if (old.length > 0) return old;
    if (this.queue.length === 0 && timeoutMs > 0) {
      const stop = new AbortController();
      const wake = () => stop.abort();
      this.arrived = wake;
      gone.addEventListener('abort', wake, { once: true });
      this.ended.addEventListener('abort', wake, { once: true });
      try {
        if (!gone.aborted) await this.clock.sleep(timeoutMs, stop.signal);
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      } finally {
        this.arrived = undefined;
        gone.removeEventListener('abort', wake);
        this.ended.removeEventListener('abort', wake);
      }
      // The answer would go nowhere: what is queued stays for the next request.
      if (gone.aborted || this.ended.aborted) return [];
    }
    const found = this.takeStored(limit);
    return found.length > 0 ? found : this.queue.splice(0, limit);
  }

  /** Go back to what is stored (Core §9.2.4): what waited is dropped, properties are not told anew. */
  seek(stored: StoredEvents) {
    this.queue.length = 0;
    this.stored = stored;
    this.arrived?.();
  }

  private takeStored(limit: number): OnvifEvent[] {
    const found: OnvifEvent[] = [];
    while (this.stored && found.length < limit) {
      const { value, done } = this.stored.events.next();
      if (done) {
        // Backwards there is nothing beyond the beginning; forwards the present follows.
        if (!this.stored.reverse) this.stored = undefined;
        break;
      }
      if (value.topic === bufferBegin || wants({ ...this.wanted, changedOnly: false }, value)) found.push(value);
    }
    return found;
  }

  /** Put the end to an instant of the fleet clock. */
  renew(expiresAt: number) {
    this.expiresAt = expiresAt;
    this.watch();
  }

  /** Stay alive until then at least. */
  extend(expiresAt: number) {
    if (expiresAt > this.expiresAt) this.expiresAt = expiresAt;
  }

  end() {
    if (this.ended.aborted) return;
    this.ending.abort();
    this.queue.length = 0;
    this.onEnd(this);
  }

  /** One sleeper a subscription; it looks again when the end has moved meanwhile. */
  private watch() {
    if (this.timer || this.ended.aborted) return;
    this.timer = true;
    const waitMs = Math.max(0, this.expiresAt - this.clock.now());
    this.clock.sleep(waitMs, this.ended).then(
      () => {
        this.timer = false;
        if (this.clock.now() >= this.expiresAt) this.end();
        else this.watch();
      },
      (error: unknown) => {
        if (!this.ended.aborted) throw error;
      },
    );
  }
}
