import type { OnvifEvent } from '../../core/onvif/event.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { seenObject } from '../motion/seen-object.ts';
import { metadata as metadataState } from '../onvif/media/metadata.ts';
import { notificationMarkup } from '../onvif/notification.ts';
import { objectMarkup } from '../onvif/object-markup.ts';
import { concreteSetDialect, parseTopicFilter } from '../onvif/topic-filter.ts';
import type { LiveOutput } from './live-track.ts';

/** A document comes at least each second (Streaming §5.2.1.1), more often while something moves. */
const stillEveryMs = 1000;
const movingEveryMs = 200;

/** What a camera tells of its scene in a metadata stream. */
export interface Metadata {
  /** Objects and position as they are now, as the configuration asks for them. */
  snapshot(): Buffer | undefined;
  /** These events, those of them that the configuration lets through. */
  events(events: readonly OnvifEvent[]): Buffer | undefined;
}

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
    const object = seenObject(camera, camera.clock.now());
    if (!object) return xml`<tt:VideoAnalytics><tt:Frame UtcTime="${time()}"/></tt:VideoAnalytics>`;
    return xml`<tt:VideoAnalytics><tt:Frame UtcTime="${time()}">${objectMarkup(object)}</tt:Frame></tt:VideoAnalytics>`;
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
