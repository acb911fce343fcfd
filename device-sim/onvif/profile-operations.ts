import type { Prefix } from '../../core/soap/namespaces.ts';

/** ONVIF profiles a device can claim in its scopes; `S` goes by the scope `Streaming`. */
export const onvifProfiles = ['S', 'T', 'G', 'M'] as const;
export type OnvifProfile = (typeof onvifProfiles)[number];

/** What a profile asks for: of every device, and of one that has the function. `prefix:Name`. */
export interface ProfileOperations {
  mandatory: string[];
  conditional: string[];
}

const of = (prefix: Prefix, names: string): string[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${prefix}:${name}`);
const each = (prefix: Prefix, kinds: string, patterns: string): string[] =>
  kinds.split(' ').flatMap((kind) => patterns.split(' ').map((pattern) => `${prefix}:${pattern.replace('*', kind)}`));

const six = 'Get*Configuration Get*Configurations Add*Configuration Remove*Configuration Set*Configuration';
const legacySeven = `${six} GetCompatible*Configurations Get*ConfigurationOptions`;
const inMedia2 = 'Get*Configurations Get*ConfigurationOptions Set*Configuration';

/** Discovery, network, system and users: the same for S and T (test specification §3 and §7). */
const device = of(
  'tds',
  `GetWsdlUrl GetDiscoveryMode SetDiscoveryMode GetScopes SetScopes AddScopes RemoveScopes GetHostname SetHostname GetDNS
   SetDNS GetNetworkInterfaces SetNetworkInterfaces GetNetworkProtocols SetNetworkProtocols GetNetworkDefaultGateway
   SetNetworkDefaultGateway GetDeviceInformation GetSystemDateAndTime SetSystemDateAndTime SetSystemFactoryDefault
   SystemReboot GetUsers CreateUsers DeleteUsers SetUser`,
);
const pullPoint = of('tev', 'CreatePullPointSubscription PullMessages SetSynchronizationPoint GetEventProperties');
const presets = of('tptz', 'SetPreset GetPresets GotoPreset RemovePreset GotoHomePosition SetHomePosition');

/**
 * Operations by profile, from the conformance test specification of 2022 (sections 3, 7 and 8) and, for Profile G, the
 * services it is made of. No conformance is claimed by this list: it says what to look for.
 */
export const profileOperations: Record<OnvifProfile, ProfileOperations> = {
  S: {
    mandatory: [
      ...of('tds', 'GetCapabilities'),
      ...device,
      ...pullPoint,
      ...of('wsnt', 'Subscribe Renew Unsubscribe'),
      ...of('trt', 'GetProfiles GetProfile CreateProfile DeleteProfile GetStreamUri SetSynchronizationPoint'),
      ...of('trt', 'GetVideoSources GetGuaranteedNumberOfVideoEncoderInstances'),
      ...each('trt', 'VideoSource VideoEncoder Metadata', legacySeven),
    ],
    conditional: [
      ...of('trt', 'GetAudioSources StartMulticastStreaming StopMulticastStreaming'),
      ...each('trt', 'AudioSource AudioEncoder', legacySeven),
      ...of('trt', 'AddPTZConfiguration RemovePTZConfiguration'),
      ...of('tptz', 'GetNodes GetNode GetConfigurations GetConfiguration GetConfigurationOptions SetConfiguration'),
      ...of('tptz', 'ContinuousMove AbsoluteMove RelativeMove Stop GetStatus SendAuxiliaryCommand'),
      ...presets,
      ...of('tds', 'GetRelayOutputs SetRelayOutputSettings SetRelayOutputState GetNTP SetNTP GetDynamicDNS'),
      ...of('tds', 'SetDynamicDNS GetZeroConfiguration SetZeroConfiguration GetIPAddressFilter SetIPAddressFilter'),
      ...of('tds', 'AddIPAddressFilter RemoveIPAddressFilter'),
    ],
  },
  T: {
    mandatory: [
      ...of('tds', 'GetServices GetServiceCapabilities'),
      ...device,
      ...pullPoint,
      ...of('wsnt', 'Unsubscribe'),
      ...of('tev', 'GetServiceCapabilities'),
      ...of('tr2', 'GetServiceCapabilities GetProfiles CreateProfile DeleteProfile GetVideoEncoderInstances'),
      ...of('tr2', 'GetStreamUri GetSnapshotUri SetSynchronizationPoint AddConfiguration RemoveConfiguration'),
      ...each('tr2', 'VideoSource VideoEncoder Metadata', inMedia2),
      ...of('tr2', 'CreateOSD DeleteOSD GetOSDs GetOSDOptions SetOSD'),
      ...of('tmd', 'GetServiceCapabilities GetVideoSources'),
      ...of('timg', 'GetServiceCapabilities GetImagingSettings GetOptions SetImagingSettings'),
    ],
    conditional: [
      ...of('tptz', 'GetServiceCapabilities GetStatus AbsoluteMove ContinuousMove Stop GetNodes GetNode'),
      ...of('tptz', 'GetConfigurationOptions SetConfiguration GetCompatibleConfigurations'),
      ...presets,
      ...of('tr2', 'GetAnalyticsConfigurations StartMulticastStreaming StopMulticastStreaming'),
      ...of('tan', 'GetSupportedRules GetRules GetRuleOptions CreateRules ModifyRules DeleteRules'),
      ...each('tr2', 'AudioSource AudioEncoder AudioOutput AudioDecoder', inMedia2),
      ...of('tds', 'GetNTP SetNTP SendAuxiliaryCommand'),
      ...of('tr2', 'GetVideoSourceModes SetVideoSourceMode GetMasks GetMaskOptions CreateMask SetMask DeleteMask'),
      ...of('timg', 'Move Stop GetStatus GetMoveOptions'),
      // Device IO takes two of these under the names of the device service.
      ...of('tds', 'GetRelayOutputs SetRelayOutputState'),
      ...of('tmd', 'GetRelayOutputOptions SetRelayOutputSettings'),
      ...of('tmd', 'GetDigitalInputs GetDigitalInputConfigurationOptions SetDigitalInputConfigurations'),
    ],
  },
  G: {
    mandatory: [
      ...of('trc', 'GetServiceCapabilities GetRecordings GetRecordingConfiguration SetRecordingConfiguration'),
      ...of(
        'trc',
        'GetTrackConfiguration SetTrackConfiguration GetRecordingJobs CreateRecordingJob DeleteRecordingJob',
      ),
      ...of(
        'trc',
        'GetRecordingJobConfiguration SetRecordingJobConfiguration SetRecordingJobMode GetRecordingJobState',
      ),
      ...of('tse', 'GetServiceCapabilities GetRecordingSummary GetRecordingInformation GetMediaAttributes EndSearch'),
      ...of('tse', 'FindRecordings GetRecordingSearchResults FindEvents GetEventSearchResults'),
      ...of('trp', 'GetServiceCapabilities GetReplayUri GetReplayConfiguration SetReplayConfiguration'),
    ],
    conditional: [
      ...of('trc', 'CreateRecording DeleteRecording CreateTrack DeleteTrack GetRecordingOptions'),
      ...of('tse', 'FindPTZPosition GetPTZPositionSearchResults FindMetadata GetMetadataSearchResults'),
    ],
  },
  M: {
    mandatory: [
      ...of('tds', 'GetServices GetServiceCapabilities GetDeviceInformation GetSystemDateAndTime SystemReboot'),
      ...of('tr2', 'GetProfiles GetStreamUri SetSynchronizationPoint AddConfiguration RemoveConfiguration'),
      ...each('tr2', 'Metadata', inMedia2),
      ...of('tr2', 'GetAnalyticsConfigurations'),
      ...of('tan', 'GetServiceCapabilities GetSupportedMetadata GetSupportedAnalyticsModules GetAnalyticsModules'),
      ...of('tan', 'GetAnalyticsModuleOptions CreateAnalyticsModules ModifyAnalyticsModules DeleteAnalyticsModules'),
    ],
    conditional: [
      ...pullPoint,
      ...of('wsnt', 'Unsubscribe'),
      ...of('tev', 'GetEventBrokers AddEventBroker DeleteEventBroker'),
      ...of('tan', 'GetSupportedRules GetRules GetRuleOptions CreateRules ModifyRules DeleteRules'),
    ],
  },
};
