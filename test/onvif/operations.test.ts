import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secureRandom } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf } from '../../core/soap/xml.ts';
import { selfSigned } from '../../device-sim/local-api/sign-certificate.ts';
import { standardTable } from '../../device-sim/onvif/handler.ts';
import { generic } from '../../device-sim/profiles/generic.ts';
import { schemaFolder, schemasMissing } from '../xsd/validator.ts';
import { type Asking, checked, type OneCamera, startOneCamera } from './one-camera.ts';

/** A self-signed CA certificate: the Base64 of its DER. */
async function authority(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await X509CertificateGenerator.createSelfSigned(
    { name: 'CN=Lab CA', keys, signingAlgorithm: algorithm, extensions: [new BasicConstraintsExtension(true)] },
    webcrypto as Crypto,
  );
  return made.toString('base64');
}

/** A camera that has everything a model can have. */
const everything = { ...generic, ptz: true, zoom: true, presetTours: true };

let cam: OneCamera;
let pullPoint: Asking;
beforeAll(async () => {
  cam = await startOneCamera({ profile: everything });
  const reply = await cam.get('tev:CreatePullPointSubscription');
  pullPoint = { path: new URL(reply.at('SubscriptionReference', 'Address')!).pathname };
});
afterAll(async () => {
  await cam[Symbol.asyncDispose]();
});

const element = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
const configurationOf = async (operation: string, rename: (markup: string) => string) => {
  const text = (await cam.get(operation)).text;
  const markup = /<s:Body><\w+:\w+>(.*)<\/\w+:\w+><\/s:Body>/s.exec(text)![1]!;
  return rename(markup);
};
/** What a Get answered, as the Configuration of a Set. */
const asConfiguration = (prefix: string, get: string) => () =>
  configurationOf(`${prefix}:${get}`, (markup) => {
    const first = new RegExp(`<${prefix}:Configurations[^>]*>.*?</${prefix}:Configurations>`, 's').exec(markup)![0];
    return (
      first.replaceAll(`${prefix}:Configurations`, `${prefix}:Configuration`) +
      (prefix === 'trt' ? '<trt:ForcePersistence>true</trt:ForcePersistence>' : '')
    );
  });

type Arguments = string | (() => string | Promise<string>);
const rule = (name: string, tag: string) =>
  `<${tag} Name="${name}" Type="tt:LineDetector"><tt:Parameters><tt:SimpleItem Name="Direction" Value="Left"/><tt:ElementItem Name="Segments"><tt:Polyline><tt:Point x="0" y="0"/><tt:Point x="1" y="1"/></tt:Polyline></tt:ElementItem></tt:Parameters></${tag}>`;
const module = (name: string, tag: string) =>
  `<${tag} Name="${name}" Type="tt:CellMotionEngine"><tt:Parameters><tt:SimpleItem Name="Sensitivity" Value="30"/><tt:ElementItem Name="Layout"><tt:CellLayout Columns="2" Rows="2"><tt:Transformation/></tt:CellLayout></tt:ElementItem></tt:Parameters></${tag}>`;
const maskInside =
  '<tr2:ConfigurationToken>vsconf</tr2:ConfigurationToken><tr2:Polygon><tt:Point x="-1" y="-1"/><tt:Point x="-1" y="0"/><tt:Point x="0" y="0"/></tr2:Polygon><tr2:Type>Color</tr2:Type><tr2:Enabled>true</tr2:Enabled>';
const osd = (prefix: string, token = '') =>
  `<${prefix}:OSD token="${token}"><tt:VideoSourceConfigurationToken>vsconf</tt:VideoSourceConfigurationToken><tt:Type>Text</tt:Type><tt:Position><tt:Type>Custom</tt:Type><tt:Pos x="0.5" y="-0.5"/></tt:Position><tt:TextString><tt:Type>Plain</tt:Type><tt:PlainText>hello</tt:PlainText></tt:TextString></${prefix}:OSD>`;
const analyticsToken = '<tan:ConfigurationToken>VideoAnalyticsToken</tan:ConfigurationToken>';
const trtProfile = element('trt:ProfileToken')('main');
const ptzProfile = element('tptz:ProfileToken')('main');
const tour = `${ptzProfile}<tptz:PresetTourToken>tour_1</tptz:PresetTourToken>`;
const spot = (place: string) =>
  `<tt:TourSpot><tt:PresetDetail>${place}</tt:PresetDetail><tt:StayTime>PT5S</tt:StayTime></tt:TourSpot>`;
const source = element('timg:VideoSourceToken')('vs');
const topicFilter = `<wsnt:Filter><wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:RuleEngine//.</wsnt:TopicExpression></wsnt:Filter>`;
const address = '<tt:Type>IPv4</tt:Type><tt:IPv4Address>192.0.2.1</tt:IPv4Address>';
const user = (more: string) =>
  `<tds:User><tt:Username>guard</tt:Username>${more}<tt:UserLevel>Operator</tt:UserLevel></tds:User>`;
const filter = `<tds:IPAddressFilter><tt:Type>Deny</tt:Type><tt:IPv4Address><tt:Address>192.0.2.0</tt:Address><tt:PrefixLength>24</tt:PrefixLength></tt:IPv4Address></tds:IPAddressFilter>`;
const relay = '<tt:Mode>Monostable</tt:Mode><tt:DelayTime>PT5S</tt:DelayTime><tt:IdleState>open</tt:IdleState>';

const first = '<trc:RecordingToken>recording_1</trc:RecordingToken>';
const recordingConfiguration =
  '<trc:RecordingConfiguration><tt:Source><tt:SourceId>urn:hall</tt:SourceId><tt:Name>hall</tt:Name><tt:Location>ground floor</tt:Location><tt:Description/><tt:Address/></tt:Source><tt:Content>days</tt:Content><tt:MaximumRetentionTime>PT0S</tt:MaximumRetentionTime></trc:RecordingConfiguration>';
const trackConfiguration = (type: string) =>
  `<trc:TrackConfiguration><tt:TrackType>${type}</tt:TrackType><tt:Description>second</tt:Description></trc:TrackConfiguration>`;
const jobConfiguration = (recording: string) =>
  `<trc:JobConfiguration><tt:RecordingToken>${recording}</tt:RecordingToken><tt:Mode>Active</tt:Mode><tt:Priority>2</tt:Priority><tt:Source><tt:SourceToken Type="http://www.onvif.org/ver10/schema/Profile"><tt:Token>sub</tt:Token></tt:SourceToken></tt:Source></trc:JobConfiguration>`;
const keepAlive = '<tse:KeepAliveTime>PT30S</tse:KeepAliveTime>';
const ago = (seconds: number) => new Date(cam.camera.clock.now() - seconds * 1000).toISOString();
const searchToken = (number: number) =>
  `<tse:SearchToken>SearchToken_${cam.camera.state.bootCount}_${number}</tse:SearchToken><tse:MaxResults>100</tse:MaxResults>`;

/** Arguments of every operation, in an order in which they can follow each other. */
const requests: Record<string, Arguments> = {
  'tds:GetServices': '<tds:IncludeCapability>true</tds:IncludeCapability>',
  'tds:GetCapabilities': '<tds:Category>All</tds:Category>',
  'tds:SetSystemDateAndTime':
    '<tds:DateTimeType>NTP</tds:DateTimeType><tds:DaylightSavings>true</tds:DaylightSavings><tds:TimeZone><tt:TZ>CET-1CEST,M3.5.0,M10.5.0/3</tt:TZ></tds:TimeZone>',
  'tds:GetSystemLog': '<tds:LogType>System</tds:LogType>',
  'tds:SetScopes': '<tds:Scopes>onvif://www.onvif.org/location/hall</tds:Scopes>',
  'tds:AddScopes': '<tds:ScopeItem>onvif://www.onvif.org/location/yard</tds:ScopeItem>',
  'tds:RemoveScopes': '<tds:ScopeItem>onvif://www.onvif.org/location/yard</tds:ScopeItem>',
  'tds:SetDiscoveryMode': '<tds:DiscoveryMode>Discoverable</tds:DiscoveryMode>',
  'tds:CreateUsers': user('<tt:Password>Guard-pass-1</tt:Password>'),
  'tds:SetUser': user('<tt:Password>Guard-pass-2</tt:Password>'),
  'tds:DeleteUsers': '<tds:Username>guard</tds:Username>',
  'tds:SetRemoteUser':
    '<tds:RemoteUser><tt:Username>upstream</tt:Username><tt:Password>Up-stream-1</tt:Password><tt:UseDerivedPassword>false</tt:UseDerivedPassword></tds:RemoteUser>',
  'tds:SetPasswordComplexityConfiguration': '<tds:MinLen>8</tds:MinLen>',
  'tds:SetAuthFailureWarningConfiguration':
    '<tds:Enabled>true</tds:Enabled><tds:MonitorPeriod>60</tds:MonitorPeriod><tds:MaxAuthFailures>1</tds:MaxAuthFailures>',
  'tds:SetHostname': '<tds:Name>front-door</tds:Name>',
  'tds:SetHostnameFromDHCP': '<tds:FromDHCP>false</tds:FromDHCP>',
  'tds:SetDNS': `<tds:FromDHCP>false</tds:FromDHCP><tds:SearchDomain>example.org</tds:SearchDomain><tds:DNSManual>${address}</tds:DNSManual>`,
  'tds:SetNTP': `<tds:FromDHCP>false</tds:FromDHCP><tds:NTPManual>${address}</tds:NTPManual><tds:NTPManual><tt:Type>DNS</tt:Type><tt:DNSname>pool.ntp.org</tt:DNSname></tds:NTPManual>`,
  'tds:SetDynamicDNS': '<tds:Type>ClientUpdates</tds:Type><tds:Name>cam.example.org</tds:Name><tds:TTL>PT1H</tds:TTL>',
  'tds:SetNetworkInterfaces':
    '<tds:InterfaceToken>eth0</tds:InterfaceToken><tds:NetworkInterface><tt:Enabled>true</tt:Enabled><tt:MTU>1400</tt:MTU><tt:IPv4><tt:Enabled>true</tt:Enabled><tt:DHCP>true</tt:DHCP></tt:IPv4></tds:NetworkInterface>',
  'tds:SetNetworkProtocols': () =>
    `<tds:NetworkProtocols><tt:Name>HTTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>${cam.port}</tt:Port></tds:NetworkProtocols>`,
  'tds:SetNetworkDefaultGateway': '<tds:IPv4Address>192.0.2.1</tds:IPv4Address>',
  'tds:SetZeroConfiguration': '<tds:InterfaceToken>eth0</tds:InterfaceToken><tds:Enabled>true</tds:Enabled>',
  'tds:SetIPAddressFilter': filter,
  'tds:AddIPAddressFilter': filter.replace('192.0.2.0', '198.51.100.0'),
  'tds:RemoveIPAddressFilter': filter.replace('192.0.2.0', '198.51.100.0'),
  'tds:SetRelayOutputSettings': `<tds:RelayOutputToken>relay_1</tds:RelayOutputToken><tds:Properties>${relay}</tds:Properties>`,
  'tds:SetRelayOutputState':
    '<tds:RelayOutputToken>relay_1</tds:RelayOutputToken><tds:LogicalState>active</tds:LogicalState>',
  'tds:SendAuxiliaryCommand': '<tds:AuxiliaryCommand>tt:IRLamp|On</tds:AuxiliaryCommand>',
  'tds:SetHashingAlgorithm': '<tds:Algorithm>SHA-256,MD5</tds:Algorithm>',
  'tds:SetGeoLocation':
    '<tds:Location Entity="VideoSource" Token="vs"><tt:GeoLocation lon="13.4" lat="52.5" elevation="34"/></tds:Location>',
  'tds:DeleteGeoLocation': '<tds:Location Entity="VideoSource" Token="vs"/>',
  'tds:CreateCertificate': '<tds:CertificateID>web</tds:CertificateID><tds:Subject>CN=door</tds:Subject>',
  'tds:GetPkcs10Request': '<tds:CertificateID>web</tds:CertificateID>',
  'tds:GetCertificateInformation': '<tds:CertificateID>web</tds:CertificateID>',
  // Another name for the certificate of a key that is there.
  'tds:LoadCertificates': async () =>
    `<tds:NVTCertificate><tt:CertificateID>again</tt:CertificateID><tt:Certificate><tt:Data>${(await cam.get('tds:GetCertificates')).at('NvtCertificate', 'Certificate', 'Data')}</tt:Data></tt:Certificate></tds:NVTCertificate>`,
  'tds:LoadCertificateWithPrivateKey': async () => {
    const { cert, key } = await selfSigned(
      { subject: 'CN=loaded', notBefore: 0, notAfter: Date.now() + 60_000, names: [] },
      secureRandom,
    );
    return `<tds:CertificateWithPrivateKey><tt:Certificate><tt:Data>${btoa(cert)}</tt:Data></tt:Certificate><tt:PrivateKey><tt:Data>${btoa(key)}</tt:Data></tt:PrivateKey></tds:CertificateWithPrivateKey>`;
  },
  'tds:LoadCACertificates': async () =>
    `<tds:CACertificate><tt:CertificateID>ca</tt:CertificateID><tt:Certificate><tt:Data>${await authority()}</tt:Data></tt:Certificate></tds:CACertificate>`,
  'tds:SetCertificatesStatus':
    '<tds:CertificateStatus><tt:CertificateID>web</tt:CertificateID><tt:Status>true</tt:Status></tds:CertificateStatus>',
  'tds:SetClientCertificateMode': '<tds:Enabled>false</tds:Enabled>',
  'tds:DeleteCertificates': '<tds:CertificateID>again</tds:CertificateID>',
  'tds:SetSystemFactoryDefault': '<tds:FactoryDefault>Soft</tds:FactoryDefault>',

  'trt:CreateProfile': '<trt:Name>mine</trt:Name><trt:Token>mine</trt:Token>',
  'trt:GetProfile': trtProfile,
  ...Object.fromEntries(
    [
      'VideoSource:vsconf',
      'VideoEncoder:veconf_2',
      'AudioSource:asconf',
      'AudioEncoder:aeconf',
      'VideoAnalytics:VideoAnalyticsToken',
      'PTZ:ptzconf',
      'Metadata:mdconf',
      'AudioOutput:aoconf',
      'AudioDecoder:adconf',
    ].flatMap((entry) => {
      const [kind, token] = entry.split(':') as [string, string];
      const configuration = `<trt:ConfigurationToken>${token}</trt:ConfigurationToken>`;
      const mine = '<trt:ProfileToken>mine</trt:ProfileToken>';
      return [
        [`trt:Add${kind}Configuration`, mine + configuration],
        [`trt:Get${kind}Configuration`, configuration],
        [`trt:GetCompatible${kind}Configurations`, mine],
        [`trt:Get${kind}ConfigurationOptions`, configuration],
        [`trt:Set${kind}Configuration`, asConfiguration('trt', `Get${kind}Configurations`)],
      ];
    }),
  ),
  ...Object.fromEntries(
    [
      'VideoEncoder',
      'VideoSource',
      'AudioEncoder',
      'AudioSource',
      'VideoAnalytics',
      'PTZ',
      'Metadata',
      'AudioOutput',
      'AudioDecoder',
    ].map((kind) => [`trt:Remove${kind}Configuration`, '<trt:ProfileToken>mine</trt:ProfileToken>']),
  ),
  'trt:DeleteProfile': '<trt:ProfileToken>mine</trt:ProfileToken>',
  'trt:GetStreamUri': `<trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></trt:StreamSetup>${trtProfile}`,
  'trt:GetSnapshotUri': trtProfile,
  'trt:SetSynchronizationPoint': trtProfile,
  'trt:GetGuaranteedNumberOfVideoEncoderInstances': '<trt:ConfigurationToken>vsconf</trt:ConfigurationToken>',
  'trt:GetOSDOptions': '<trt:ConfigurationToken>vsconf</trt:ConfigurationToken>',
  'trt:GetOSD': '<trt:OSDToken>osd_clock</trt:OSDToken>',
  'trt:CreateOSD': osd('trt'),
  'trt:SetOSD': osd('trt', 'osd_1'),
  'trt:DeleteOSD': '<trt:OSDToken>osd_1</trt:OSDToken>',

  'tr2:CreateProfile':
    '<tr2:Name>other</tr2:Name><tr2:Configuration><tr2:Type>VideoSource</tr2:Type></tr2:Configuration>',
  'tr2:GetProfiles': '<tr2:Type>All</tr2:Type>',
  'tr2:AddConfiguration': () =>
    `<tr2:ProfileToken>${lastProfile()}</tr2:ProfileToken><tr2:Configuration><tr2:Type>VideoEncoder</tr2:Type><tr2:Token>veconf_1</tr2:Token></tr2:Configuration>`,
  'tr2:RemoveConfiguration': () =>
    `<tr2:ProfileToken>${lastProfile()}</tr2:ProfileToken><tr2:Configuration><tr2:Type>VideoEncoder</tr2:Type></tr2:Configuration>`,
  'tr2:DeleteProfile': () => `<tr2:Token>${lastProfile()}</tr2:Token>`,
  ...Object.fromEntries(
    ['VideoSource', 'VideoEncoder', 'AudioSource', 'AudioEncoder', 'Metadata', 'AudioOutput', 'AudioDecoder'].map(
      (kind) => [`tr2:Set${kind}Configuration`, asConfiguration('tr2', `Get${kind}Configurations`)],
    ),
  ),
  'tr2:GetVideoEncoderInstances': '<tr2:ConfigurationToken>vsconf</tr2:ConfigurationToken>',
  'tr2:GetStreamUri': '<tr2:Protocol>RTSP</tr2:Protocol><tr2:ProfileToken>main</tr2:ProfileToken>',
  'tr2:GetSnapshotUri': '<tr2:ProfileToken>main</tr2:ProfileToken>',
  'tr2:SetSynchronizationPoint': '<tr2:ProfileToken>main</tr2:ProfileToken>',
  'tr2:GetOSDOptions': '<tr2:ConfigurationToken>vsconf</tr2:ConfigurationToken>',
  'tr2:CreateOSD': osd('tr2'),
  'tr2:SetOSD': osd('tr2', 'osd_1'),
  'tr2:DeleteOSD': '<tr2:OSDToken>osd_1</tr2:OSDToken>',

  'tr2:GetMaskOptions': '<tr2:ConfigurationToken>vsconf</tr2:ConfigurationToken>',
  'tr2:CreateMask': `<tr2:Mask>${maskInside}</tr2:Mask>`,
  'tr2:GetMasks': '',
  'tr2:SetMask': `<tr2:Mask token="mask_1">${maskInside}</tr2:Mask>`,
  'tr2:DeleteMask': '<tr2:Token>mask_1</tr2:Token>',

  'tev:PullMessages': '<tev:Timeout>PT1S</tev:Timeout><tev:MessageLimit>10</tev:MessageLimit>',
  'tev:Seek': '<tev:UtcTime>2026-01-01T00:00:00Z</tev:UtcTime><tev:Reverse>true</tev:Reverse>',
  'tev:AddEventBroker':
    '<tev:EventBroker><tev:Address>mqtt://127.0.0.1:1</tev:Address><tev:TopicPrefix>p</tev:TopicPrefix></tev:EventBroker>',
  'tev:GetEventBrokers': '',
  'tev:DeleteEventBroker': '<tev:Address>mqtt://127.0.0.1:1</tev:Address>',
  'wsnt:Subscribe': `<wsnt:ConsumerReference><wsa:Address>http://127.0.0.1:1/</wsa:Address></wsnt:ConsumerReference>${topicFilter}`,
  'wsnt:Renew': '<wsnt:TerminationTime>PT1M</wsnt:TerminationTime>',
  'wsnt:GetCurrentMessage':
    '<wsnt:Topic Dialect="http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete">tns1:VideoSource/MotionAlarm</wsnt:Topic>',

  'timg:GetImagingSettings': source,
  'timg:SetImagingSettings': `${source}<timg:ImagingSettings><tt:Brightness>60</tt:Brightness></timg:ImagingSettings>`,
  'timg:GetPresets': source,
  'timg:SetCurrentPreset': `${source}<timg:PresetToken>night</timg:PresetToken>`,
  'timg:GetCurrentPreset': source,
  'timg:GetOptions': source,
  'timg:GetMoveOptions': source,
  'timg:Move': `${source}<timg:Focus><tt:Absolute><tt:Position>0.7</tt:Position></tt:Absolute></timg:Focus>`,
  'timg:Stop': source,
  'timg:GetStatus': source,

  'tptz:GetNode': '<tptz:NodeToken>ptznode</tptz:NodeToken>',
  'tptz:GetConfiguration': '<tptz:PTZConfigurationToken>ptzconf</tptz:PTZConfigurationToken>',
  'tptz:GetCompatibleConfigurations': ptzProfile,
  'tptz:SetConfiguration': () =>
    configurationOf(
      'tptz:GetConfigurations',
      (markup) => `${markup}<tptz:ForcePersistence>true</tptz:ForcePersistence>`,
    ),
  'tptz:GetConfigurationOptions': '<tptz:ConfigurationToken>ptzconf</tptz:ConfigurationToken>',
  'tptz:GetStatus': ptzProfile,
  'tptz:AbsoluteMove': `${ptzProfile}<tptz:Position><tt:PanTilt x="0.1" y="0.1"/><tt:Zoom x="0.1"/></tptz:Position>`,
  'tptz:RelativeMove': `${ptzProfile}<tptz:Translation><tt:PanTilt x="0.1" y="0.1"/></tptz:Translation>`,
  'tptz:ContinuousMove': `${ptzProfile}<tptz:Velocity><tt:PanTilt x="0.1" y="0.1"/></tptz:Velocity>`,
  'tptz:Stop': ptzProfile,
  'tptz:SetPreset': `${ptzProfile}<tptz:PresetName>gate</tptz:PresetName>`,
  'tptz:GetPresets': ptzProfile,
  'tptz:GotoPreset': `${ptzProfile}<tptz:PresetToken>1</tptz:PresetToken>`,
  'tptz:CreatePresetTour': ptzProfile,
  'tptz:ModifyPresetTour': `${ptzProfile}<tptz:PresetTour token="tour_1"><tt:Name>round</tt:Name><tt:Status><tt:State>Idle</tt:State></tt:Status><tt:AutoStart>false</tt:AutoStart><tt:StartingCondition><tt:Direction>Forward</tt:Direction></tt:StartingCondition>${spot('<tt:PresetToken>1</tt:PresetToken>')}${spot('<tt:Home>true</tt:Home>')}${spot('<tt:PTZPosition><tt:PanTilt x="0.2" y="0"/></tt:PTZPosition>')}</tptz:PresetTour>`,
  'tptz:OperatePresetTour': `${tour}<tptz:Operation>Start</tptz:Operation>`,
  'tptz:GetPresetTours': ptzProfile,
  'tptz:GetPresetTour': tour,
  'tptz:GetPresetTourOptions': tour,
  'tptz:RemovePresetTour': tour,
  'tptz:SendAuxiliaryCommand': `${ptzProfile}<tptz:AuxiliaryData>tt:IRLamp|Auto</tptz:AuxiliaryData>`,
  'tptz:RemovePreset': `${ptzProfile}<tptz:PresetToken>1</tptz:PresetToken>`,
  'tptz:SetHomePosition': ptzProfile,
  'tptz:GotoHomePosition': ptzProfile,

  'tan:GetSupportedRules': analyticsToken,
  'tan:CreateRules': analyticsToken + rule('mine', 'tan:Rule'),
  'tan:GetRules': analyticsToken,
  'tan:ModifyRules': analyticsToken + rule('mine', 'tan:Rule'),
  'tan:DeleteRules': `${analyticsToken}<tan:RuleName>mine</tan:RuleName>`,
  'tan:GetRuleOptions': analyticsToken,
  'tan:GetSupportedAnalyticsModules': analyticsToken,
  'tan:CreateAnalyticsModules': analyticsToken + module('mine', 'tan:AnalyticsModule'),
  'tan:GetAnalyticsModules': analyticsToken,
  'tan:ModifyAnalyticsModules': analyticsToken + module('mine', 'tan:AnalyticsModule'),
  'tan:DeleteAnalyticsModules': `${analyticsToken}<tan:AnalyticsModuleName>mine</tan:AnalyticsModuleName>`,
  'tan:GetAnalyticsModuleOptions': analyticsToken,

  'tmd:SetRelayOutputSettings': `<tmd:RelayOutput token="relay_1"><tt:Properties>${relay}</tt:Properties></tmd:RelayOutput>`,
  'tmd:SetDigitalInputConfigurations': '<tmd:DigitalInputs token="input_1" IdleState="closed"/>',

  'trc:CreateRecording': recordingConfiguration,
  'trc:SetRecordingConfiguration': first + recordingConfiguration,
  'trc:GetRecordingConfiguration': first,
  'trc:GetRecordingOptions': first,
  'trc:CreateTrack': first + trackConfiguration('Video'),
  'trc:GetTrackConfiguration': `${first}<trc:TrackToken>VIDEO002</trc:TrackToken>`,
  'trc:SetTrackConfiguration': `${first}<trc:TrackToken>VIDEO002</trc:TrackToken>${trackConfiguration('Video')}`,
  'trc:DeleteTrack': `${first}<trc:TrackToken>VIDEO002</trc:TrackToken>`,
  'trc:CreateRecordingJob': jobConfiguration('recording_2'),
  'trc:SetRecordingJobConfiguration': `<trc:JobToken>RecordingJob_3</trc:JobToken>${jobConfiguration('recording_2')}`,
  'trc:GetRecordingJobConfiguration': '<trc:JobToken>RecordingJob_3</trc:JobToken>',
  'trc:SetRecordingJobMode': '<trc:JobToken>RecordingJob_3</trc:JobToken><trc:Mode>Idle</trc:Mode>',
  'trc:GetRecordingJobState': '<trc:JobToken>RecordingJob_3</trc:JobToken>',
  'trc:DeleteRecordingJob': '<trc:JobToken>RecordingJob_3</trc:JobToken>',
  'trc:DeleteRecording': '<trc:RecordingToken>recording_2</trc:RecordingToken>',

  'tse:GetRecordingInformation': '<tse:RecordingToken>recording_1</tse:RecordingToken>',
  'tse:GetMediaAttributes': () => `<tse:Time>${ago(60)}</tse:Time>`,
  'tse:FindRecordings': `<tse:Scope/>${keepAlive}`,
  'tse:GetRecordingSearchResults': () => searchToken(1),
  'tse:FindEvents': () =>
    `<tse:StartPoint>${ago(2 * 86_400)}</tse:StartPoint><tse:EndPoint>${ago(0)}</tse:EndPoint><tse:Scope/><tse:SearchFilter/><tse:IncludeStartState>true</tse:IncludeStartState>${keepAlive}`,
  'tse:GetEventSearchResults': () => searchToken(2),
  'tse:GetSearchState': () => searchToken(2),
  'tse:EndSearch': () => searchToken(2),
  'tse:FindPTZPosition': () =>
    `<tse:StartPoint>${ago(0)}</tse:StartPoint><tse:EndPoint>${ago(4 * 86_400)}</tse:EndPoint><tse:Scope/><tse:SearchFilter><tt:MinPosition><tt:PanTilt x="-1" y="-1"/></tt:MinPosition><tt:MaxPosition><tt:PanTilt x="1" y="1"/></tt:MaxPosition><tt:EnterOrExit>false</tt:EnterOrExit></tse:SearchFilter>${keepAlive}`,
  'tse:GetPTZPositionSearchResults': () => searchToken(3),
  'tse:FindMetadata': () =>
    `<tse:StartPoint>${ago(86_400)}</tse:StartPoint><tse:Scope/><tse:MetadataFilter><tt:MetadataStreamFilter>boolean(//Object/Appearance/Class/Type[@Likelihood &gt; "0.5"])</tt:MetadataStreamFilter></tse:MetadataFilter>${keepAlive}`,
  'tse:GetMetadataSearchResults': () => searchToken(4),

  'trp:GetReplayUri':
    '<trp:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></trp:StreamSetup><trp:RecordingToken>recording_1</trp:RecordingToken>',
  'trp:SetReplayConfiguration': '<trp:Configuration><tt:SessionTimeout>PT60S</tt:SessionTimeout></trp:Configuration>',
};

const lastProfile = () => cam.camera.state.mediaProfiles.at(-1)!.token;
/** Asked last, of the subscription's own endpoint. */
const ofSubscription = new Set([
  'tev:PullMessages',
  'tev:Seek',
  'tev:SetSynchronizationPoint',
  'wsnt:Renew',
  'wsnt:Unsubscribe',
]);
const last = ['wsnt:Unsubscribe', 'tds:SystemReboot', 'tds:SetSystemFactoryDefault'];

/** Every operation this camera does, as `prefix:Name`. */
const done = standardTable.services.flatMap((service) =>
  Object.keys(service.access)
    .filter((key) => standardTable.has(service, key))
    .map((key) => (key.includes(':') ? key : `${service.prefix}:${key}`)),
);

test.skipIf(schemaFolder === undefined)('every answer of every operation is valid against the schemas', async () => {
  const order = [
    ...Object.keys(requests).filter((name) => done.includes(name)),
    ...done.filter((name) => !(name in requests)),
  ];
  const inOrder = [...order.filter((name) => !last.includes(name)), ...last];
  const counts = new Map<string, number>();
  for (const operation of inOrder) {
    const given = requests[operation] ?? '';
    const args = typeof given === 'function' ? await given() : given;
    const reply = await cam.get(operation, args, ofSubscription.has(operation) ? pullPoint : {});
    expect(reply.body?.name).toBe(`${operation.split(':')[1]}Response`);
    expect(reply.body?.ns).toBe(namespaces[operation.split(':')[0] as keyof typeof namespaces]);
    const service = operation.split(':')[0]!;
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  expect(checked.active).toBe(true);
  const table = [...counts].map(([service, count]) => `${service} ${count}`).join(', ');
  const messages = [...checked.counts.values()].reduce((sum, count) => sum + count, 0);
  console.info(`${inOrder.length} operations valid against the schemas (${table}); ${messages} messages checked`);
  expect(new Set(inOrder).size).toBe(done.length);
});

test.skipIf(schemaFolder === undefined)(
  'so is every fault that an empty request of each operation brings',
  async () => {
    const { cam: vigi } = { cam: await startOneCamera({ profile: 'c340' }) };
    try {
      for (const operation of done) {
        if (last.includes(operation)) continue;
        const reply = await vigi.ask(operation);
        expect([200, 400, 500]).toContain(reply.status);
        if (reply.status !== 200) expect(reply.fault?.[0]).toMatch(/^(Sender|Receiver)$/);
      }
    } finally {
      await vigi[Symbol.asyncDispose]();
    }
  },
);

if (schemaFolder === undefined) console.warn(`SKIPPED ALOUD: ${schemasMissing}`);

test('capabilities say what the table holds', async () => {
  const fixed = await startOneCamera({ profile: 'generic' });
  try {
    const capabilities = async (camera: OneCamera, prefix: string) =>
      childOf((await camera.get(`${prefix}:GetServiceCapabilities`)).body, 'Capabilities')!.attributes;
    expect(await capabilities(cam, 'tan')).toMatchObject({ RuleSupport: 'true', SupportedMetadata: 'true' });
    expect(await capabilities(cam, 'timg')).toMatchObject({ Presets: 'true' });
    expect(await capabilities(cam, 'tmd')).toMatchObject({ DigitalInputs: '1', RelayOutputs: '1' });
    expect(await capabilities(cam, 'tev')).toMatchObject({
      MaxPullPoints: '8',
      PersistentNotificationStorage: 'true',
      EventBrokerProtocols: 'mqtt mqtts ws wss',
    });
    const services = async (camera: OneCamera) =>
      (await camera.get('tds:GetServices', '<tds:IncludeCapability>false</tds:IncludeCapability>')).body!.children.map(
        (service) => childOf(service, 'Namespace')!.text,
      );
    expect(await services(cam)).toContain(namespaces.tptz);
    expect(await services(fixed)).not.toContain(namespaces.tptz);
  } finally {
    await fixed[Symbol.asyncDispose]();
  }
});
