import type { OnvifEvent } from '../../core/onvif/event.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { metadata as metadataState } from '../onvif/media/metadata.ts';
import { notificationMarkup } from '../onvif/notification.ts';
import { concreteSetDialect, parseTopicFilter } from '../onvif/topic-filter.ts';
import { boxOf, movementOf } from '../video/shown.ts';
import type { LiveOutput } from './live-track.ts';

/** A document comes at least each second (Streaming §5.2.1.1), more often while something moves. */
const stillEveryMs = 1000;
const movingEveryMs = 200;
const aspect = 16 / 9;

/** What a camera tells of its scene in a metadata stream. */
export interface Metadata {
  /** Objects and position as they are now, as the configuration asks for them. */
  snapshot(): Buffer | undefined;
  /** These events, those of them that the configuration lets through. */
  events(events: readonly OnvifEvent[]): Buffer | undefined;
}

/** Shares of the picture, y downwards, as the normalised coordinates of tt:Frame: −1…1, y upwards. */
const normal = (share: number) => (2 * share - 1).toFixed(4);
const normalUp = (share: number) => (1 - 2 * share).toFixed(4);

const document = (...parts: (Xml | undefined | false)[]): Buffer | undefined =>
  parts.some(Boolean)
    ? Buffer.from(
        xml`<?xml version="1.0" encoding="UTF-8"?><tt:MetadataStream xmlns:tt="${namespaces.tt}" xmlns:wsnt="${namespaces.wsnt}" xmlns:tns1="${namespaces.tns1}">${parts}</tt:MetadataStream>`
          .markup,
      )
    : undefined;

export function createMetadata(camera: Camera): Metadata {
  const time = () => new Date(camera.clock.now()).toISOString();

  function frame(): Xml {
    const movement = movementOf(camera, camera.clock.now());
    if (!movement) return xml`<tt:VideoAnalytics><tt:Frame UtcTime="${time()}"/></tt:VideoAnalytics>`;
    const [left, top, right, bottom] = boxOf(movement, aspect);
    const shape = xml`<tt:Shape><tt:BoundingBox left="${normal(left)}" top="${normalUp(top)}" right="${normal(right)}" bottom="${normalUp(bottom)}"/><tt:CenterOfGravity x="${normal((left + right) / 2)}" y="${normalUp((top + bottom) / 2)}"/></tt:Shape>`;
    return xml`<tt:VideoAnalytics><tt:Frame UtcTime="${time()}"><tt:Object ObjectId="${movement.id % 2 ** 31}"><tt:Appearance>${shape}<tt:Class><tt:Type Likelihood="0.95">${movement.kind}</tt:Type></tt:Class></tt:Appearance></tt:Object></tt:Frame></tt:VideoAnalytics>`;
  }

  return {
    snapshot() {
      const { analytics } = metadataState.read(camera);
      return document(analytics && frame());
    },
    events(events) {
      const wanted = metadataState.read(camera).events;
      if (!wanted || events.length === 0) return undefined;
      const filter =
        wanted.filter === undefined
          ? undefined
          : parseTopicFilter(wanted.filter, concreteSetDialect, { declared: namespaces });
      const passing = typeof filter === 'object' ? events.filter(({ topic }) => filter.matches(topic)) : events;
      return document(
        passing.length > 0 && xml`<tt:Event>${passing.map((event) => notificationMarkup(event))}</tt:Event>`,
      );
    },
  };
}

/** Who joins, or asks for a synchronisation point, learns how things stand. */
export function tellProperties(output: LiveOutput, camera: Camera, metadata: Metadata): void {
  const text = metadata.events(camera.events.properties());
  if (text) output.send(text, camera.clock.now() - camera.state.clockOffsetMs, true);
}

/** Send documents while somebody listens. */
export function startMetadata(output: LiveOutput, camera: Camera, metadata: Metadata): Disposable {
  const now = () => camera.clock.now() - camera.state.clockOffsetMs;
  const send = (text: Buffer | undefined) => {
    if (text) output.send(text, now(), true);
  };
  let sentAt = Number.NEGATIVE_INFINITY;
  const ticking = startInterval({ now, sleep: camera.clock.sleep }, movingEveryMs, () => {
    if (!camera.scene.motion && now() - sentAt < stillEveryMs) return;
    sentAt = now();
    send(metadata.snapshot());
  });
  const hearing = camera.events.subscribe((event) => send(metadata.events([event])));
  tellProperties(output, camera, metadata);
  return {
    [Symbol.dispose]() {
      ticking[Symbol.dispose]();
      hearing[Symbol.dispose]();
    },
  };
}
