import http from 'node:http';
import https from 'node:https';
import type { OnvifEvent } from '../../core/onvif/event.ts';
import { delays } from '../../core/runtime/backoff.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import { formatEnvelope } from '../../core/soap/envelope.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { formatElement, Xml, type XmlElement, xml } from '../../core/soap/xml.ts';
import type { OnvifContext } from './behavior.ts';
import { notificationMarkup } from './notification.ts';
import type { Subscription } from './subscription.ts';

/** Where a subscriber wants its notifications (wsa:EndpointReference). */
export interface Consumer {
  url: URL;
  /** Reference parameters: they come back as header blocks. */
  parameters: readonly XmlElement[];
}

const batchSize = 50;
const longWaitMs = 3_600_000;
const answerTimeoutMs = 5_000;
const tries = 3;
const retry = { firstMs: 1000, factor: 2, capMs: 4000, jitter: 0.1 };

/** Base notification (Core §9.3): POST each batch of messages to the consumer until the subscription ends. */
export async function notify(context: OnvifContext, subscription: Subscription, consumer: Consumer): Promise<void> {
  const { camera, deps } = context;
  const { ended } = subscription;
  while (!ended.aborted) {
    const events = await subscription.take(batchSize, longWaitMs, ended);
    if (events.length === 0) continue;
    const message = notifyMessage(deps.random.uuid(), subscription, consumer, events);
    const waits = delays(retry, deps.random);
    for (let attempt = 1; attempt <= tries && !ended.aborted; attempt++) {
      const failure = await send(context, consumer.url, message, ended);
      if (failure === undefined) break;
      camera.log.info({ consumer: consumer.url.host, failure, attempt }, 'a notification was not taken');
      // What nobody takes is dropped: a camera has no room for a consumer that is away.
      if (attempt < tries) await deps.clock.sleep(waits.next().value, ended).catch(() => undefined);
    }
  }
}

export function notifyMessage(
  uuid: string,
  subscription: Subscription,
  consumer: Consumer,
  events: OnvifEvent[],
): string {
  const isParameter = new Xml(` xmlns:wsa="${namespaces.wsa}" wsa:IsReferenceParameter="true"`);
  const header = xml`<wsa:MessageID>urn:uuid:${uuid}</wsa:MessageID><wsa:To>${consumer.url.href}</wsa:To><wsa:Action>http://docs.oasis-open.org/wsn/bw-2/NotificationConsumer/Notify</wsa:Action>${consumer.parameters.map((parameter) => formatElement(parameter, isParameter))}`;
  const reference = xml`<wsa:Address>${subscription.address}</wsa:Address>`;
  const body = xml`<wsnt:Notify>${events.map((event) => notificationMarkup(event, reference))}</wsnt:Notify>`;
  return formatEnvelope(body, ['wsa', 'wsnt', 'tt', 'tns1'], header);
}

/** Why it failed, or undefined when the consumer took it. */
function send(context: OnvifContext, url: URL, message: string, ended: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { request: open } = url.protocol === 'https:' ? https : http;
    const request = open(
      url,
      {
        method: 'POST',
        agent: false,
        signal: ended,
        headers: {
          'Content-Type': 'application/soap+xml; charset=utf-8',
          'Content-Length': Buffer.byteLength(message),
        },
      },
      (response) => {
        response.resume();
        finish((response.statusCode ?? 500) < 300 ? undefined : `HTTP ${response.statusCode}`);
      },
    );
    const timeout = startTimer(context.deps.clock, answerTimeoutMs, () =>
      request.destroy(new Error('no answer in time')),
    );
    const finish = (failure: string | undefined) => {
      timeout[Symbol.dispose]();
      resolve(failure);
    };
    request.on('error', (error) => finish(error.message));
    request.end(message);
  });
}
