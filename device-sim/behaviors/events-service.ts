import { xml } from '../../core/soap/xml.ts';
import { classified, type Service } from '../onvif/behavior.ts';
import { maxNotifiers } from '../onvif/subscriptions.ts';

export const maxEventBrokers = 4;
export const brokerProtocols = ['mqtt', 'mqtts', 'ws', 'wss'] as const;

const tev = 'http://www.onvif.org/ver10/events/wsdl';
const bw2 = 'http://docs.oasis-open.org/wsn/bw-2';

/** Port types by operation; what is not named is of tev:EventPortType. */
const portTypes: Record<string, string> = {
  PullMessages: `${tev}/PullPointSubscription`,
  Seek: `${tev}/PullPointSubscription`,
  SetSynchronizationPoint: `${tev}/PullPointSubscription`,
  Subscribe: `${bw2}/NotificationProducer`,
  GetCurrentMessage: `${bw2}/NotificationProducer`,
  Renew: `${bw2}/SubscriptionManager`,
  Unsubscribe: `${bw2}/SubscriptionManager`,
};

/** Events (Core §9), the part of WS-BaseNotification that goes with them included. */
export const eventsService: Service = {
  name: 'events',
  prefix: 'tev',
  version: [23, 12],
  path: (camera) => camera.profile.servicePaths.events,
  offered: () => true,
  uses: ['wsa', 'wsnt', 'wstop', 'tev', 'tt', 'xs', 'tns1'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `CreatePullPointSubscription PullMessages Seek SetSynchronizationPoint GetEventProperties
      GetEventBrokers wsnt:Subscribe wsnt:GetCurrentMessage wsnt:Renew wsnt:Unsubscribe wsnt:PauseSubscription
      wsnt:ResumeSubscription wsnt:CreatePullPoint wsnt:GetMessages wsnt:DestroyPullPoint wsnt:Notify`,
    WRITE_SYSTEM: 'AddEventBroker DeleteEventBroker',
  }),
  capabilities: (camera, has) =>
    xml`<tev:Capabilities WSSubscriptionPolicySupport="true" WSPausableSubscriptionManagerInterfaceSupport="${String(has('wsnt:PauseSubscription'))}" MaxNotificationProducers="${has('wsnt:Subscribe') ? maxNotifiers : 0}" MaxPullPoints="${camera.profile.maxPullPoints}" PersistentNotificationStorage="${String(has('Seek') && camera.recorder !== undefined)}"${has('AddEventBroker') && xml` EventBrokerProtocols="${brokerProtocols.join(' ')}" MaxEventBrokers="${maxEventBrokers}" MetadataOverMQTT="false"`}/>`,
  actionOf: (operation) => `${portTypes[operation] ?? `${tev}/EventPortType`}/${operation}Response`,
};
