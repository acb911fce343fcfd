import type { IClientOptions, MqttClient } from 'mqtt';
import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { EventBrokerStatus } from '../camera.ts';

export interface Message {
  topic: string;
  payload: string;
  qos: 0 | 1 | 2;
  retain: boolean;
}

export interface SenderOptions {
  /** Asked anew for each connection: a certificate may have changed, and the will carries a time. */
  connection(): IClientOptions;
  /** Connected, nothing waiting sent yet. What it returns is sent ahead of the rest. */
  onConnect?(client: MqttClient): Message[];
  onMessage?(topic: string, payload: Buffer): void;
  /** Messages were thrown away while the broker was out of reach. */
  onOverflow?(): void;
  onProblem?(reason: string): void;
  /** The broker does not let us in, this often in a row. */
  onRefused?(times: number): void;
}

/** Publishes to one broker; keeps what cannot be sent yet. */
export interface Sender extends AsyncDisposable {
  readonly status: EventBrokerStatus;
  publish(message: Message): void;
  /** The network goes (no goodbye, what waits is kept) or comes back. */
  reachable(on: boolean): void;
  /** Goodbye and hello at once, to the connection `connection()` now names. */
  redial(): void;
  /** The power goes: no goodbye, and nothing that waits survives. */
  cut(): void;
  /** Sends a last message if the connection stands, says goodbye. */
  end(last?: Message): Promise<void>;
}

/** Messages kept while the broker is away; the oldest go first. */
export const mostWaiting = 1000;
/** Unacknowledged messages on the wire. */
const window = 20;
const retries: Backoff = { firstMs: 500, factor: 2, capMs: 60_000, jitter: 0.3 };
const connectTimeoutMs = 10_000;
/** How long a goodbye may take before the connection is cut. */
const goodbyeMs = 500;

/**
 * Each connection is a client of its own: the library's reconnecting and its stores stay out, so there is one queue,
 * bounded, in order, and a message leaves it only when the broker has it (QoS 1 and 2) or the socket (QoS 0).
 */
export function startSender(options: SenderOptions, deps: RuntimeDeps): Sender {
  const stop = new AbortController();
  const waiting = new Set<Message>();
  const onTheWire = new Set<Message>();
  let client: MqttClient | undefined;
  let status: EventBrokerStatus = 'Offline';
  let lost = 0;
  /** The next attempt follows without a wait; one that goes on is cut short. */
  let atOnce = false;
  let wait = new AbortController();
  const hurry = () => {
    atOnce = true;
    wait.abort();
  };
  let unplugged: { until: Promise<void>; end(): void } | undefined;

  const leave = () => {
    stop.abort();
    wait.abort();
    unplugged?.end();
  };

  const pump = () => {
    const mine = client;
    if (!mine || status !== 'Connected') return;
    for (const message of waiting) {
      if (onTheWire.size >= window) return;
      if (onTheWire.has(message)) continue;
      onTheWire.add(message);
      const { topic, payload, qos, retain } = message;
      mine.publish(topic, payload, { qos, retain }, (error) => {
        if (client !== mine) return; // sent again on the next connection
        onTheWire.delete(message);
        // A message the library refuses would block the ones behind it for ever.
        if (!error || mine.connected) waiting.delete(message);
        pump();
      });
    }
  };

  const once = async (): Promise<{ connected: boolean }> => {
    status = 'Connecting';
    const { connect } = await import('mqtt');
    if (stop.signal.aborted) return { connected: false };
    const mine = connect({
      ...options.connection(),
      reconnectPeriod: 0,
      connectTimeout: connectTimeoutMs,
      manualConnect: false,
      queueQoSZero: false,
    });
    client = mine;
    let connected = false;
    try {
      await new Promise<void>((resolve) => {
        stop.signal.addEventListener('abort', () => resolve(), { once: true });
        mine.on('close', () => resolve());
        mine.on('error', (error) => {
          options.onProblem?.(error.message);
          resolve();
        });
        mine.on('message', (topic, payload) => options.onMessage?.(topic, payload));
        mine.on('connect', () => {
          connected = true;
          status = 'Connected';
          const ahead = options.onConnect?.(mine) ?? [];
          const behind = [...waiting];
          waiting.clear();
          for (const message of [...ahead, ...behind]) waiting.add(message);
          if (lost > 0) {
            lost = 0;
            options.onOverflow?.();
          }
          pump();
        });
      });
    } finally {
      status = 'Offline';
      client = undefined;
      onTheWire.clear();
      mine.end(true);
    }
    return { connected };
  };

  const run = async () => {
    let waits = delays(retries, deps.random);
    let refusals = 0;
    while (!stop.signal.aborted) {
      await unplugged?.until;
      if (stop.signal.aborted) break;
      atOnce = false;
      const { connected } = await once();
      if (connected) waits = delays(retries, deps.random);
      refusals = connected ? 0 : refusals + 1;
      if (refusals > 0 && !stop.signal.aborted) options.onRefused?.(refusals);
      if (stop.signal.aborted || unplugged || atOnce) continue;
      wait = new AbortController();
      await deps.clock.sleep(waits.next().value, wait.signal).catch(() => undefined);
    }
  };
  const running = run().catch((error: unknown) => {
    if (!stop.signal.aborted) options.onProblem?.((error as Error).message);
  });

  const end = async (last?: Message) => {
    const mine = client;
    if (mine?.connected) {
      const goodbye = async () => {
        if (last) await mine.publishAsync(last.topic, last.payload, { qos: last.qos, retain: last.retain });
        await mine.endAsync();
      };
      const late = new AbortController();
      await Promise.race([
        goodbye().catch(() => undefined),
        deps.clock.sleep(goodbyeMs, late.signal).catch(() => undefined),
      ]);
      late.abort();
    }
    leave();
    await running;
  };

  return {
    get status() {
      return status;
    },
    publish(message) {
      waiting.add(message);
      if (waiting.size > mostWaiting) {
        const [oldest] = waiting;
        waiting.delete(oldest!);
        lost += 1;
      }
      pump();
    },
    reachable(on) {
      if (on === !unplugged) return;
      if (on) {
        unplugged?.end();
        unplugged = undefined;
        hurry();
      } else {
        let end = () => {};
        const until = new Promise<void>((resolve) => {
          end = resolve;
        });
        unplugged = { until, end };
        client?.stream?.destroy();
      }
    },
    redial() {
      hurry();
      client?.end();
    },
    cut() {
      waiting.clear();
      const socket = client?.stream;
      leave();
      socket?.destroy();
    },
    end,
    [Symbol.asyncDispose]: () => end(),
  };
}
