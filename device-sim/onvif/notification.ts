import type { OnvifEvent } from '../../core/onvif/event.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import { concreteSetDialect } from './topic-filter.ts';

const items = (
  name: 'Source' | 'Key' | 'Data',
  values: Record<string, string>,
  elements: Record<string, string> = {},
): Xml => {
  const all = Object.entries(values).map(([item, value]) => xml`<tt:SimpleItem Name="${item}" Value="${value}"/>`);
  const parts = Object.entries(elements).map(
    ([item, markup]) => xml`<tt:ElementItem Name="${item}">${new Xml(markup)}</tt:ElementItem>`,
  );
  return xml`${new Xml(`<tt:${name}>`)}${all}${parts}${new Xml(`</tt:${name}>`)}`;
};

/** tt:Message of an event (Core §9.5.1). A deleted property has no data left. */
export const messageMarkup = (event: OnvifEvent): Xml =>
  xml`<tt:Message UtcTime="${new Date(event.utcTime).toISOString()}"${event.operation && xml` PropertyOperation="${event.operation}"`}>${items('Source', event.source)}${event.key && items('Key', event.key)}${event.operation !== 'Deleted' && items('Data', event.data, event.elements)}</tt:Message>`;

/** The inside of a wsnt:NotificationMessage, without its SubscriptionReference: the same for every subscriber. */
export const notificationInside = (event: OnvifEvent): Xml =>
  xml`<wsnt:Topic Dialect="${concreteSetDialect}">${event.topic}</wsnt:Topic><wsnt:Message>${messageMarkup(event)}</wsnt:Message>`;

const written = new WeakMap<OnvifEvent, Xml>();

/** A NotificationMessage; written once an event, however many subscribers there are. */
export function notificationMarkup(event: OnvifEvent, subscription?: Xml): Xml {
  let inside = written.get(event);
  if (!inside) {
    inside = notificationInside(event);
    written.set(event, inside);
  }
  return xml`<wsnt:NotificationMessage>${subscription && xml`<wsnt:SubscriptionReference>${subscription}</wsnt:SubscriptionReference>`}${inside}</wsnt:NotificationMessage>`;
}
