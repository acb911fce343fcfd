import { xml } from '../../core/soap/xml.ts';
import { classified, type Service } from '../onvif/behavior.ts';
import { kindsOf } from '../onvif/media/kinds.ts';
import { maxMediaProfiles } from '../onvif/media/limits.ts';
import { rtspWebSocketUri } from '../onvif/web-socket-uri.ts';

const kinds = 'VideoSource VideoEncoder AudioSource AudioEncoder Metadata AudioOutput AudioDecoder'.split(' ');
const each = (pattern: (kind: string) => string) => kinds.map(pattern).join(' ');

/** Media2 (ver20): Profile T. */
export const media2Service: Service = {
  name: 'media2',
  prefix: 'tr2',
  version: [23, 12],
  path: (camera) => camera.profile.servicePaths.media,
  offered: () => true,
  uses: ['tr2', 'tt', 'wsnt', 'tns1'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetProfiles GetVideoEncoderInstances GetStreamUri GetSnapshotUri GetOSDs GetOSDOptions GetMasks
      GetMaskOptions GetAnalyticsConfigurations ${each((kind) => `Get${kind}Configurations Get${kind}ConfigurationOptions`)}`,
    READ_SYSTEM: `GetVideoSourceModes GetWebRTCConfigurations GetAudioClips PlayAudioClip GetPlayingAudioClips
      GetMulticastAudioDecoderConfigurations GetMulticastAudioDecoderConfigurationOptions`,
    WRITE_SYSTEM: `SetVideoSourceMode SetEQPreset SetWebRTCConfigurations AddAudioClip AddTTSAudioClip SetAudioClip
      DeleteAudioClip SetMulticastAudioDecoderConfiguration`,
    ACTUATE: `CreateProfile DeleteProfile AddConfiguration RemoveConfiguration
      ${each((kind) => `Set${kind}Configuration`)} StartMulticastStreaming StopMulticastStreaming
      SetSynchronizationPoint SetOSD CreateOSD DeleteOSD SetMask CreateMask DeleteMask`,
  }),
  capabilities: (camera, has) =>
    xml`<tr2:Capabilities SnapshotUri="${String(has('GetSnapshotUri') && !camera.quirk('no-onvif-snapshot'))}" Rotation="false" VideoSourceMode="${String(has('SetVideoSourceMode'))}" OSD="${String(has('CreateOSD') && !camera.profile.channels)}" Mask="${String(has('CreateMask') && !camera.profile.channels)}"><tr2:ProfileCapabilities MaximumNumberOfProfiles="${maxMediaProfiles(camera)}" ConfigurationsSupported="${kindsOf(
      camera,
    )
      .map(({ type }) => type)
      .join(
        ' ',
      )}"/><tr2:StreamingCapabilities RTSPStreaming="true" RTPMulticast="${String(has('StartMulticastStreaming'))}" RTP_RTSP_TCP="true" NonAggregateControl="false" RTSPWebSocketUri="${rtspWebSocketUri}" AutoStartMulticast="false"/></tr2:Capabilities>`,
};
