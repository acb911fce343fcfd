import { SoapFault } from '../../core/soap/fault.ts';
import type { Prefix } from '../../core/soap/namespaces.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { invalidValue } from '../onvif/arguments.ts';
import type { Call } from '../onvif/behavior.ts';
import { maxMediaProfiles } from '../onvif/media/limits.ts';
import { videoInputs } from '../onvif/media/video-inputs.ts';
import { longestText } from '../recording/recordings.ts';
import { ioCounts } from './device-io-state.ts';

/** What a section asks of the camera it describes. */
interface Offer {
  camera: Camera;
  has(prefix: Prefix): boolean;
  address(prefix: Prefix): string;
  can(prefix: Prefix, operation: string): string;
}

/** Sections by category, in the order of the schema; one for a service the model has not is left out. */
const sections: Record<string, (offer: Offer) => Xml | undefined> = {
  Analytics: ({ has, address, can }) =>
    has('tan')
      ? xml`<tt:Analytics><tt:XAddr>${address('tan')}</tt:XAddr><tt:RuleSupport>${can('tan', 'GetRules')}</tt:RuleSupport><tt:AnalyticsModuleSupport>${can('tan', 'GetAnalyticsModules')}</tt:AnalyticsModuleSupport></tt:Analytics>`
      : undefined,
  Device: ({ camera, address, can }) => deviceMarkup(camera, address('tds'), (operation) => can('tds', operation)),
  Events: ({ camera, has, address, can }) =>
    has('tev') && !camera.quirk('no-events-capability')
      ? xml`<tt:Events><tt:XAddr>${address('tev')}</tt:XAddr><tt:WSSubscriptionPolicySupport>true</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>${camera.quirk('pull-point-denied') ? 'false' : can('tev', 'CreatePullPointSubscription')}</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>${can('tev', 'wsnt:PauseSubscription')}</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>`
      : undefined,
  Imaging: ({ has, address }) =>
    has('timg') ? xml`<tt:Imaging><tt:XAddr>${address('timg')}</tt:XAddr></tt:Imaging>` : undefined,
  Media: ({ camera, has, address }) =>
    has('trt')
      ? xml`<tt:Media><tt:XAddr>${address('trt')}</tt:XAddr><tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities><tt:Extension><tt:ProfileCapabilities><tt:MaximumNumberOfProfiles>${maxMediaProfiles(camera)}</tt:MaximumNumberOfProfiles></tt:ProfileCapabilities></tt:Extension></tt:Media>`
      : undefined,
  PTZ: ({ has, address }) => (has('tptz') ? xml`<tt:PTZ><tt:XAddr>${address('tptz')}</tt:XAddr></tt:PTZ>` : undefined),
};

/** GetCapabilities (Core §8.1.2.4): the older way, the only one that clients of before 2012 know. */
export function legacyCapabilities(camera: Camera, categories: string[], call: Call): Xml {
  for (const category of categories) {
    if (category !== 'All' && !Object.hasOwn(sections, category)) {
      throw invalidValue(`there is no category "${category}"`);
    }
  }
  const { table } = call.onvif;
  const serviceOf = (prefix: Prefix) =>
    table.services.find((service) => service.prefix === prefix && service.offered(camera));
  const offer: Offer = {
    camera,
    has: (prefix) => serviceOf(prefix) !== undefined,
    address: (prefix) => call.base + serviceOf(prefix)!.path(camera),
    can: (prefix, operation) => String(table.has(serviceOf(prefix)!, operation)),
  };
  const all = categories.length === 0 || categories.includes('All');
  const found = Object.entries(sections).map(([name, section]) => {
    if (!all && !categories.includes(name)) return undefined;
    const markup = section(offer);
    if (!markup && !all)
      throw new SoapFault(['ter:ActionNotSupported', 'ter:NoSuchService'], `there is no ${name} service`);
    return markup;
  });
  return xml`<tds:Capabilities>${found}${all && extensionMarkup(offer)}</tds:Capabilities>`;
}

/** Services that came later, in the order of the schema. */
function extensionMarkup(offer: Offer): Xml | undefined {
  const parts = [offer.has('tmd') && ioMarkup(offer), offer.has('trc') && recordingMarkup(offer)];
  return parts.some(Boolean) ? xml`<tt:Extension>${parts}</tt:Extension>` : undefined;
}

function recordingMarkup({ camera, address, can }: Offer): Xml {
  const dynamic = (operation: string) =>
    String((camera.profile.storage?.maxRecordings ?? 0) > 1 && can('trc', operation) === 'true');
  return xml`<tt:Recording><tt:XAddr>${address('trc')}</tt:XAddr><tt:ReceiverSource>false</tt:ReceiverSource><tt:MediaProfileSource>true</tt:MediaProfileSource><tt:DynamicRecordings>${dynamic('CreateRecording')}</tt:DynamicRecordings><tt:DynamicTracks>${dynamic('CreateTrack')}</tt:DynamicTracks><tt:MaxStringLength>${longestText}</tt:MaxStringLength></tt:Recording><tt:Search><tt:XAddr>${address('tse')}</tt:XAddr><tt:MetadataSearch>${can('tse', 'FindMetadata')}</tt:MetadataSearch></tt:Search><tt:Replay><tt:XAddr>${address('trp')}</tt:XAddr></tt:Replay>`;
}

function ioMarkup({ camera, address }: Offer): Xml {
  const { audioSources, audioOutputs, relays } = ioCounts(camera);
  return xml`<tt:DeviceIO><tt:XAddr>${address('tmd')}</tt:XAddr><tt:VideoSources>${videoInputs(camera).length}</tt:VideoSources><tt:VideoOutputs>0</tt:VideoOutputs><tt:AudioSources>${audioSources}</tt:AudioSources><tt:AudioOutputs>${audioOutputs}</tt:AudioOutputs><tt:RelayOutputs>${relays}</tt:RelayOutputs></tt:DeviceIO>`;
}

function deviceMarkup(camera: Camera, address: string, can: (operation: string) => string): Xml {
  const { relays, inputs } = ioCounts(camera);
  return xml`<tt:Device><tt:XAddr>${address}</tt:XAddr><tt:Network><tt:IPFilter>${can('SetIPAddressFilter')}</tt:IPFilter><tt:ZeroConfiguration>${can('SetZeroConfiguration')}</tt:ZeroConfiguration><tt:IPVersion6>false</tt:IPVersion6><tt:DynDNS>${can('SetDynamicDNS')}</tt:DynDNS></tt:Network><tt:System><tt:DiscoveryResolve>true</tt:DiscoveryResolve><tt:DiscoveryBye>true</tt:DiscoveryBye><tt:RemoteDiscovery>${can('SetRemoteDiscoveryMode')}</tt:RemoteDiscovery><tt:SystemBackup>${can('GetSystemBackup')}</tt:SystemBackup><tt:SystemLogging>${can('GetSystemLog')}</tt:SystemLogging><tt:FirmwareUpgrade>${can('UpgradeSystemFirmware')}</tt:FirmwareUpgrade><tt:SupportedVersions><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tt:SupportedVersions></tt:System><tt:IO><tt:InputConnectors>${inputs}</tt:InputConnectors><tt:RelayOutputs>${relays}</tt:RelayOutputs></tt:IO><tt:Security><tt:TLS1.1>false</tt:TLS1.1><tt:TLS1.2>${can('SetCertificatesStatus')}</tt:TLS1.2><tt:OnboardKeyGeneration>${can('CreateCertificate')}</tt:OnboardKeyGeneration><tt:AccessPolicyConfig>${can('SetAccessPolicy')}</tt:AccessPolicyConfig><tt:X.509Token>false</tt:X.509Token><tt:SAMLToken>false</tt:SAMLToken><tt:KerberosToken>false</tt:KerberosToken><tt:RELToken>false</tt:RELToken></tt:Security></tt:Device>`;
}
