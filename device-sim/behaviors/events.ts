import { formatXsDateTime, formatXsDuration, parseXsDateTime, parseXsDuration } from '../../core/onvif/duration.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf, Xml, type XmlElement, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Call } from '../onvif/behavior.ts';
import { itemFilterDialect, parseContentFilter } from '../onvif/content-filter.ts';
import { notificationFault, pullLimits, resourceUnknown } from '../onvif/event-faults.ts';
import { topicSetMarkup, topicsOf } from '../onvif/event-topics.ts';
import { messageMarkup, notificationMarkup } from '../onvif/notification.ts';
import { notify } from '../onvif/notifier.ts';
import type { Subscription, Wanted } from '../onvif/subscription.ts';
import { createSubscriptions } from '../onvif/subscriptions.ts';
import { concreteDialect, concreteSetDialect, parseTopicFilter, type TopicFilter } from '../onvif/topic-filter.ts';
import { storedEvents } from '../recording/seek.ts';
import { eventsService } from './events-service.ts';

/** How long a subscription lives when the client names no time, and at most. */
const defaultLifeMs = 60_000;
const maxLifeMs = 24 * 3_600_000;
const maxPullTimeoutMs = 600_000;
const maxPullMessages = 100;
/** Quirk `pull-cut-after-10s`. */
const pullCutMs = 10_000;

/** Pull points and base notification (Core §9.1, §9.3). */
export const events: Behavior = {
  name: 'events',
  service: eventsService,
  operations: {
    async CreatePullPointSubscription(camera, args, call) {
      const wanted = wantedBy(camera, args);
      const expiresAt = endAsked(camera, call, args.optionalText('InitialTerminationTime'), 'Initial');
      const subscription = await call.onvif.get(createSubscriptions).open('pull', wanted, expiresAt, call.base);
      return xml`<tev:SubscriptionReference><wsa:Address>${subscription.address}</wsa:Address></tev:SubscriptionReference>${times(camera, call, subscription)}`;
    },

    async PullMessages(camera, args, call) {
      const subscription = asked(call);
      if (subscription.kind !== 'pull') throw resourceUnknown(camera);
      const timeoutMs = args.duration('Timeout', camera);
      const limit = args.int('MessageLimit');
      if (timeoutMs < 0 || limit < 1) throw invalidValue('Timeout and MessageLimit are positive');
      if (timeoutMs > maxPullTimeoutMs) throw pullLimits(maxPullTimeoutMs, maxPullMessages);
      if (subscription.parked) {
        throw notificationFault(camera, 'UnableToGetMessagesFault', 'another PullMessages waits for messages already');
      }
      const { clock } = call.onvif.deps;
      subscription.extend(clock.now() + timeoutMs);
      const cut =
        camera.quirk('pull-cut-after-10s') && timeoutMs > pullCutMs
          ? startTimer(clock, pullCutMs, () => call.hangUp())
          : undefined;
      const messages = await subscription.take(Math.min(limit, maxPullMessages), timeoutMs, call.gone);
      cut?.[Symbol.dispose]();
      if (subscription.ended.aborted) throw resourceUnknown(camera);
      // Core §9.1.1: alive for at least the asked timeout after the answer.
      subscription.extend(clock.now() + timeoutMs);
      const { now, end } = instants(camera, call, subscription);
      return xml`<tev:CurrentTime>${now}</tev:CurrentTime><tev:TerminationTime>${end}</tev:TerminationTime>${messages.map((event) => notificationMarkup(event))}`;
    },

    SetSynchronizationPoint(_camera, _args, call) {
      call.onvif.get(createSubscriptions).synchronize(asked(call));
      return undefined;
    },

    Seek(camera, args, call) {
      const subscription = asked(call);
      if (subscription.kind !== 'pull') throw resourceUnknown(camera);
      if (!camera.recorder) throw new SoapFault(['ter:ActionNotSupported'], 'notifications are not stored here');
      const at = args.dateTime('UtcTime');
      const reverse = args.optionalFlag('Reverse') ?? false;
      subscription.seek(storedEvents(camera.recorder, at, camera.clock.now(), reverse));
      return undefined;
    },

    async 'wsnt:Subscribe'(camera, args, call) {
      const consumer = consumerOf(args.part('ConsumerReference').element);
      const wanted = wantedBy(camera, args);
      const expiresAt = endAsked(camera, call, args.optionalText('InitialTerminationTime'), 'Initial');
      const subscription = await call.onvif.get(createSubscriptions).open('notify', wanted, expiresAt, call.base);
      // Quirk `dead-subscription-port`: what cannot be reached does not call either.
      if (!camera.quirk('dead-subscription-port'))
        call.afterwards(() => {
          notify(call.onvif, subscription, consumer).catch((error: unknown) =>
            camera.log.error({ err: error }, 'notifying a consumer failed'),
          );
        });
      return xml`<wsnt:SubscriptionReference><wsa:Address>${subscription.address}</wsa:Address></wsnt:SubscriptionReference>${times(camera, call, subscription)}`;
    },

    'wsnt:Renew'(camera, args, call) {
      const subscription = asked(call);
      subscription.renew(endAsked(camera, call, args.text('TerminationTime'), ''));
      const { now, end } = instants(camera, call, subscription);
      return xml`<wsnt:TerminationTime>${end}</wsnt:TerminationTime><wsnt:CurrentTime>${now}</wsnt:CurrentTime>`;
    },

    'wsnt:Unsubscribe'(_camera, _args, call) {
      asked(call).end();
      return undefined;
    },

    'wsnt:GetCurrentMessage'(camera, args) {
      const filter = topicFilterOf(camera, args.part('Topic').element);
      const current = camera.events.properties().find(({ topic }) => filter.matches(topic));
      if (!current) throw notificationFault(camera, 'NoCurrentMessageOnTopicFault', 'nothing is current on that topic');
      return messageMarkup(current);
    },

    GetEventProperties(camera) {
      const set = topicSetMarkup(topicsOf(camera));
      const shown = camera.quirk('unquoted-event-properties') ? withoutQuotes(set) : set;
      return xml`<tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet>${shown}</wstop:TopicSet><wsnt:TopicExpressionDialect>${concreteSetDialect}</wsnt:TopicExpressionDialect><wsnt:TopicExpressionDialect>${concreteDialect}</wsnt:TopicExpressionDialect><tev:MessageContentFilterDialect>${itemFilterDialect}</tev:MessageContentFilterDialect><tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd</tev:MessageContentSchemaLocation>`;
    },
  },
};

const withoutQuotes = (set: Xml) => new Xml(set.markup.replace(/ ([\w:]+)="([^"]*)"/g, ' $1=$2'));

/** The subscription a request is for. */
function asked(call: Call): Subscription {
  const to = call.header.find(({ name, ns }) => name === 'To' && ns === namespaces.wsa)?.text.trim();
  return call.onvif.get(createSubscriptions).find(call.path, to);
}

/** Now and the end of a subscription by the camera's own clock, whatever it was set to meanwhile. */
function instants(camera: Camera, call: Call, subscription: Subscription): { now: string; end: string } {
  const now = camera.clock.now();
  return {
    now: formatXsDateTime(now),
    end: formatXsDateTime(now + (subscription.endsAt - call.onvif.deps.clock.now())),
  };
}

function times(camera: Camera, call: Call, subscription: Subscription): Xml {
  const { now, end } = instants(camera, call, subscription);
  return xml`<wsnt:CurrentTime>${now}</wsnt:CurrentTime><wsnt:TerminationTime>${end}</wsnt:TerminationTime>`;
}

/** An absolute time of the camera's clock or a duration from now, as an instant of the fleet's clock. */
function endAsked(camera: Camera, call: Call, text: string | undefined, which: 'Initial' | ''): number {
  const now = call.onvif.deps.clock.now();
  if (text === undefined || text === '') return now + defaultLifeMs;
  const durationMs = parseXsDuration(text);
  const at = durationMs === undefined ? parseXsDateTime(text) : undefined;
  if (durationMs === undefined && at === undefined) throw invalidValue(`"${text}" is neither a time nor a duration`);
  if (durationMs !== undefined && text.includes('.') && camera.quirk('no-fractional-durations')) {
    throw invalidValue(`"${text}": whole seconds only`);
  }
  const lifeMs = durationMs ?? at! - camera.clock.now();
  if (lifeMs > 0 && lifeMs <= maxLifeMs) return now + lifeMs;
  const cameraNow = camera.clock.now();
  throw notificationFault(
    camera,
    `Unacceptable${which}TerminationTimeFault`,
    `a subscription ends within ${formatXsDuration(maxLifeMs)}`,
    xml`<wsnt:MinimumTime>${formatXsDateTime(cameraNow + 1000)}</wsnt:MinimumTime><wsnt:MaximumTime>${formatXsDateTime(cameraNow + maxLifeMs)}</wsnt:MaximumTime>`,
  );
}

function wantedBy(camera: Camera, args: Arguments): Wanted {
  const filter = args.optionalPart('Filter')?.element;
  let topics: TopicFilter | undefined;
  const contents: Wanted['contents'][number][] = [];
  for (const part of filter?.children ?? []) {
    if (part.ns === namespaces.wsnt && part.name === 'TopicExpression') topics = topicFilterOf(camera, part);
    else if (part.ns === namespaces.wsnt && part.name === 'MessageContent') {
      const dialect = part.attributes['Dialect'];
      const content = dialect === itemFilterDialect ? parseContentFilter(part.text, part.prefixes) : undefined;
      if (!content) {
        const reason =
          dialect === itemFilterDialect ? 'the expression is no ItemFilter' : `the dialect is ${itemFilterDialect}`;
        throw notificationFault(camera, 'InvalidMessageContentExpressionFault', reason);
      }
      contents.push(content);
    } else {
      throw notificationFault(
        camera,
        'InvalidFilterFault',
        `the filter ${part.name} is not known`,
        xml`<wsnt:UnknownFilter xmlns:f="${part.ns}">f:${part.name}</wsnt:UnknownFilter>`,
      );
    }
  }
  return { topics, contents, changedOnly: changedOnly(camera, args.optionalPart('SubscriptionPolicy')?.element) };
}

function topicFilterOf(camera: Camera, expression: XmlElement): TopicFilter {
  const filter = parseTopicFilter(expression.text.trim(), expression.attributes['Dialect'] ?? '', expression.prefixes);
  if (filter === 'dialect-unknown') {
    throw notificationFault(camera, 'TopicExpressionDialectUnknownFault', 'the dialect is not known');
  }
  if (filter === 'invalid')
    throw notificationFault(camera, 'InvalidTopicExpressionFault', 'that is no topic expression');
  if (!topicsOf(camera).some(({ topic }) => filter.matches(topic))) {
    throw notificationFault(camera, 'TopicNotSupportedFault', `no topic here is ${filter.expression}`);
  }
  return filter;
}

/** Policies (Core §9.1.1); wsnt:UseRaw is known but not done, anything else is not known. */
function changedOnly(camera: Camera, policy: XmlElement | undefined): boolean {
  let changed = false;
  for (const part of policy?.children ?? []) {
    if (part.ns === namespaces.tev && part.name === 'ChangedOnly') changed = true;
    else {
      const raw = part.ns === namespaces.wsnt && part.name === 'UseRaw';
      const name = raw ? 'UnsupportedPolicyRequestFault' : 'UnrecognizedPolicyRequestFault';
      throw notificationFault(camera, name, `the policy ${part.name} is not followed`);
    }
  }
  return changed;
}

function consumerOf(reference: XmlElement) {
  const address = childOf(reference, 'Address')?.text.trim() ?? '';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidValue(`"${address}" is no address to notify`);
  return { url, parameters: childOf(reference, 'ReferenceParameters')?.children ?? [] };
}
