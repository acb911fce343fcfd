import { xml } from '../../core/soap/xml.ts';
import { classified, type Service } from '../onvif/behavior.ts';
import { maxMediaProfiles } from '../onvif/media/limits.ts';

const kinds =
  'VideoSource VideoEncoder AudioSource AudioEncoder VideoAnalytics Metadata AudioOutput AudioDecoder'.split(' ');
const each = (pattern: (kind: string) => string) => kinds.map(pattern).join(' ');

/** Media (ver10). */
export const mediaService: Service = {
  name: 'media',
  prefix: 'trt',
  version: [20, 6],
  path: (camera) => camera.profile.servicePaths.media,
  offered: () => true,
  uses: ['trt', 'tt', 'wsnt', 'tns1'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetVideoSources GetAudioSources GetAudioOutputs GetProfile GetProfiles
      ${each((kind) => `Get${kind}Configurations Get${kind}Configuration GetCompatible${kind}Configurations Get${kind}ConfigurationOptions`)}
      GetGuaranteedNumberOfVideoEncoderInstances GetStreamUri GetSnapshotUri GetOSDs GetOSD GetOSDOptions`,
    READ_SYSTEM: 'GetVideoSourceModes',
    WRITE_SYSTEM: 'SetVideoSourceMode',
    ACTUATE: `CreateProfile DeleteProfile AddPTZConfiguration RemovePTZConfiguration
      ${each((kind) => `Set${kind}Configuration Add${kind}Configuration Remove${kind}Configuration`)}
      StartMulticastStreaming StopMulticastStreaming SetSynchronizationPoint SetOSD CreateOSD DeleteOSD`,
  }),
  capabilities: (camera, has) =>
    xml`<trt:Capabilities SnapshotUri="${String(has('GetSnapshotUri') && !camera.quirk('no-onvif-snapshot'))}" Rotation="false" VideoSourceMode="${String(has('SetVideoSourceMode'))}" OSD="${String(has('CreateOSD') && !camera.profile.channels)}"><trt:ProfileCapabilities MaximumNumberOfProfiles="${maxMediaProfiles(camera)}"/><trt:StreamingCapabilities RTPMulticast="${String(has('StartMulticastStreaming'))}" RTP_TCP="true" RTP_RTSP_TCP="true" NonAggregateControl="false"/></trt:Capabilities>`,
};
