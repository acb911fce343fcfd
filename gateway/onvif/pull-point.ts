import { parseXsDateTime } from '../../core/onvif/duration.ts';
import type { OnvifEvent } from '../../core/onvif/event.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf, escapeXml, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { onOwnHost } from './address.ts';
import type { OnvifClient } from './client.ts';
import { isOnvifError, OnvifError } from './errors.ts';
import { parseNotifications } from './notification.ts';

export interface PullPointOptions {
  client: OnvifClient;
  signal: AbortSignal;
  /** Subscribed: messages come from now on. */
  onSubscribed(): void;
  /** An answer came, with or without messages. */
  onAnswer(): void;
  /** The next pull waits for this, so a camera cannot send faster than events are stored. */
  onEvents(events: OnvifEvent[]): Promise<void>;
  clock: Clock;
  random: Random;
}

/** A subscription while it runs. */
export interface PullPoint {
  /** Ask for all properties as they stand; they come as messages. */
  synchronize(): Promise<void>;
}

/** Short, so that subscriptions lost in a crash of ours do not fill the camera's few slots for long. */
const lifetime = 'PT120S';
const messageLimit = 64;
/** TP-Link firmware closes a pull after ten seconds: what it takes to live with that. */
const pullSeconds = { usual: 30, cautious: 8 };
/** How much later than its timeout an answer may come. */
const graceMs = 10_000;
const answerMs = 8_000;

interface Subscription {
  port: number;
  path: string;
  /** Reference parameters as header blocks. */
  header: string;
  grantedMs: number;
}

/**
 * Subscribe and pull until the signal fires or the subscription is lost (then it throws; subscribing anew is the
 * caller's). The `onvif` package has a loop of its own for this, but it follows the camera's address to any host, stops
 * for good on some errors and spins on others.
 */
export async function runPullPoint(options: PullPointOptions, use?: (pullPoint: PullPoint) => void): Promise<never> {
  const { client, signal, clock, onSubscribed, onAnswer, onEvents } = options;
  const service = client.servicePath('events');
  if (!service) throw new OnvifError('unsupported', 'the camera has no event service');
  const subscription = await subscribe(client, service, options);
  const call = (action: string, body: string, more: { timeoutMs?: number; signal?: AbortSignal } = { signal }) =>
    client.call({
      ...subscription,
      header: addressing(action, subscription, options),
      body,
      timeoutMs: answerMs,
      ...more,
    });
  onSubscribed();
  use?.({
    synchronize: async () => {
      await call('SetSynchronizationPoint', `<SetSynchronizationPoint xmlns="${namespaces.tev}"/>`);
    },
  });

  let seconds = pullSeconds.usual;
  let dropped = 0;
  let idle = 0;
  let renews = true;
  let renewAt = clock.now() + subscription.grantedMs / 2;
  try {
    for (;;) {
      const askedAt = clock.now();
      let answer: XmlElement | undefined;
      try {
        answer = childOf(
          await call(
            'PullMessages',
            `<PullMessages xmlns="${namespaces.tev}"><Timeout>PT${seconds}S</Timeout><MessageLimit>${messageLimit}</MessageLimit></PullMessages>`,
            { timeoutMs: seconds * 1000 + graceMs, signal },
          ),
          'PullMessagesResponse',
        );
        dropped = 0;
      } catch (error) {
        signal.throwIfAborted();
        // Closed in the middle of a long wait: nothing was lost, ask for shorter waits.
        const waitedMs = clock.now() - askedAt;
        const impatient = isOnvifError(error, 'unreachable') && waitedMs >= 4_000 && dropped < 2;
        // Perhaps it finds the wait too long (PullMessagesFaultResponse); that the subscription is gone says its subcode.
        const tooLong =
          isOnvifError(error, 'fault') &&
          seconds > pullSeconds.cautious &&
          !error.subcodes.some((code) => /ResourceUnknown|ResourceUnavailable|UnableToGetMessages/.test(code));
        if (!impatient && !tooLong) throw error;
        dropped += 1;
        seconds = pullSeconds.cautious;
      }
      if (answer) {
        onAnswer();
        const events = parseNotifications(answer);
        if (events.length > 0) await onEvents(events);
        // An empty answer at once, again and again, would keep both sides busy for nothing.
        idle = events.length > 0 || clock.now() - askedAt > 1_000 ? 0 : Math.min(idle + 1, 5);
        if (idle > 1) await clock.sleep(idle * 1_000, signal);
      }
      if (renews && clock.now() >= renewAt) {
        try {
          const renewed = childOf(
            await call(
              'Renew',
              `<Renew xmlns="${namespaces.wsnt}"><TerminationTime>${lifetime}</TerminationTime></Renew>`,
            ),
            'RenewResponse',
          );
          renewAt = clock.now() + grantedMs(renewed) / 2;
        } catch (error) {
          // Where Renew is not offered, each pull keeps the subscription alive (Core §9.1).
          if (!isOnvifError(error, 'unsupported')) throw error;
          renews = false;
        }
      }
    }
  } catch (error) {
    // Give the slot back, unless that could only fail or would ask a password that was refused. Nobody waits for it.
    if (signal.aborted || isOnvifError(error, 'fault', 'answer_invalid'))
      call('Unsubscribe', `<Unsubscribe xmlns="${namespaces.wsnt}"/>`, { timeoutMs: 1_000 }).catch(() => undefined);
    throw error;
  }
}

async function subscribe(
  client: OnvifClient,
  service: { port: number; path: string },
  { signal, random }: PullPointOptions,
): Promise<Subscription> {
  const body = await client.call({
    ...service,
    header: addressing('CreatePullPointSubscription', { ...service, header: '' }, { client, random }),
    body: `<CreatePullPointSubscription xmlns="${namespaces.tev}"><InitialTerminationTime>${lifetime}</InitialTerminationTime></CreatePullPointSubscription>`,
    timeoutMs: answerMs,
    signal,
  });
  const answer = childOf(body, 'CreatePullPointSubscriptionResponse');
  const reference = childOf(answer, 'SubscriptionReference');
  const address = textAt(reference, 'Address');
  const place = address === undefined ? undefined : onOwnHost(client.address, address);
  if (!place) throw new OnvifError('answer_invalid', 'the camera gives no usable subscription address');
  const parameters = childOf(reference, 'ReferenceParameters')?.children ?? [];
  return { ...place, header: parameters.slice(0, 8).map(asHeaderBlock).join(''), grantedMs: grantedMs(answer) };
}

/** How long the camera promises to keep the subscription; a minute where it does not say. */
function grantedMs(answer: XmlElement | undefined): number {
  const from = parseXsDateTime(textAt(answer, 'CurrentTime') ?? '');
  const until = parseXsDateTime(textAt(answer, 'TerminationTime') ?? '');
  const ms = from === undefined || until === undefined ? 60_000 : until - from;
  return Math.min(Math.max(ms, 10_000), 3_600_000);
}

const actions: Record<string, string> = {
  CreatePullPointSubscription: `${namespaces.tev}/EventPortType/CreatePullPointSubscriptionRequest`,
  PullMessages: `${namespaces.tev}/PullPointSubscription/PullMessagesRequest`,
  SetSynchronizationPoint: `${namespaces.tev}/PullPointSubscription/SetSynchronizationPointRequest`,
  Renew: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest',
  Unsubscribe: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest',
};

function addressing(
  action: string,
  to: { port: number; path: string; header: string },
  { client, random }: { client: OnvifClient; random: Random },
): string {
  const { host } = client.address;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${to.port}${to.path}`;
  return (
    `<wsa:Action>${actions[action]}</wsa:Action><wsa:MessageID>urn:uuid:${random.uuid()}</wsa:MessageID>` +
    `<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>` +
    `<wsa:To>${escapeXml(url)}</wsa:To>${to.header}`
  );
}

/** A reference parameter as the header block that each message to the subscription carries (WS-Addressing §3.3). */
function asHeaderBlock(element: XmlElement): string {
  const markup = (one: XmlElement, more = '', depth = 0): string => {
    if (depth > 4) return '';
    const attributes = Object.entries(one.attributes)
      .filter(([name]) => /^[A-Za-z_][\w.-]*$/.test(name))
      .map(([name, value]) => ` ${name}="${escapeXml(value.slice(0, 256))}"`)
      .join('');
    const inside =
      one.children.map((child) => markup(child, '', depth + 1)).join('') + escapeXml(one.text.trim().slice(0, 512));
    return `<${one.name} xmlns="${escapeXml(one.ns.slice(0, 256))}"${more}${attributes}>${inside}</${one.name}>`;
  };
  return markup(element, ' wsa:IsReferenceParameter="true"');
}
