import { formatXsDateTime, formatXsDuration } from '../../core/onvif/duration.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { Xml, type XmlValue, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';

/** Faults of WS-BaseNotification; Core §9.9 makes them all receiver faults. */
export type NotificationFault =
  | 'SubscribeCreationFailedFault'
  | 'InvalidFilterFault'
  | 'TopicExpressionDialectUnknownFault'
  | 'InvalidTopicExpressionFault'
  | 'TopicNotSupportedFault'
  | 'InvalidMessageContentExpressionFault'
  | 'UnrecognizedPolicyRequestFault'
  | 'UnsupportedPolicyRequestFault'
  | 'UnacceptableInitialTerminationTimeFault'
  | 'UnacceptableTerminationTimeFault'
  | 'NoCurrentMessageOnTopicFault'
  | 'UnableToGetMessagesFault';

const described = (camera: Camera, reason: string): Xml =>
  xml`<wsrf-bf:Timestamp>${formatXsDateTime(camera.clock.now())}</wsrf-bf:Timestamp><wsrf-bf:Description xml:lang="en">${reason}</wsrf-bf:Description>`;

export function notificationFault(camera: Camera, name: NotificationFault, reason: string, more?: XmlValue): SoapFault {
  const detail = xml`${new Xml(`<wsnt:${name}>`)}${described(camera, reason)}${more}${new Xml(`</wsnt:${name}>`)}`;
  return new SoapFault([`wsnt:${name}`], reason, { code: 'Receiver', detail });
}

/** The subscription is not there (any more). */
export const resourceUnknown = (camera: Camera): SoapFault =>
  new SoapFault(['wsrf-rw:ResourceUnknownFault'], 'there is no such subscription', {
    code: 'Receiver',
    detail: xml`<wsrf-r:ResourceUnknownFault xmlns:wsrf-r="http://docs.oasis-open.org/wsrf/r-2">${described(camera, 'there is no such subscription')}</wsrf-r:ResourceUnknownFault>`,
  });

/** Core §9.1.2: the limits that the request went beyond. */
export const pullLimits = (maxTimeoutMs: number, maxMessages: number): SoapFault =>
  new SoapFault(['tev:PullMessagesFaultResponse'], `the timeout is at most ${formatXsDuration(maxTimeoutMs)}`, {
    code: 'Receiver',
    detail: xml`<tev:PullMessagesFaultResponse><tev:MaxTimeout>${formatXsDuration(maxTimeoutMs)}</tev:MaxTimeout><tev:MaxMessageLimit>${maxMessages}</tev:MaxMessageLimit></tev:PullMessagesFaultResponse>`,
  });
