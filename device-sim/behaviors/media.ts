import { SoapFault } from '../../core/soap/fault.ts';
import { inOnePiece, Xml, xml } from '../../core/soap/xml.ts';
import type { Camera, MediaProfileState } from '../camera.ts';
import { invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Call } from '../onvif/behavior.ts';
import { hasAudioOutput, outputKinds } from '../onvif/media/audio-output.ts';
import { type ConfigurationKind, configurationMarkup } from '../onvif/media/kind.ts';
import { configurationKinds } from '../onvif/media/kinds.ts';
import { createProfile, deleteProfile, needProfile, profileChanged, streamOfProfile } from '../onvif/media/profiles.ts';
import { encodingsOf } from '../onvif/media/video-encoder.ts';
import { videoInputs } from '../onvif/media/video-inputs.ts';
import { videoSourceMarkup } from '../onvif/media/video-source.ts';
import { ofState } from '../onvif/of-state.ts';
import { tokens } from '../state/new-state.ts';
import { mediaService } from './media-service.ts';

/** Path of the still picture on a camera's HTTP port. */
export const snapshotPath = '/snapshot.jpg';

/** Profiles and streams of the Media service; its configurations are in media-configurations.ts. */
export const media: Behavior = {
  name: 'media',
  service: mediaService,
  operations: {
    GetVideoSources: (camera) => videoSourceMarkup(camera, 'trt:VideoSources'),

    GetAudioSources: ({ profile }) =>
      profile.audio
        ? xml`<trt:AudioSources token="${tokens.audioSource}"><tt:Channels>1</tt:Channels></trt:AudioSources>`
        : undefined,

    GetAudioOutputs(camera) {
      if (!hasAudioOutput(camera))
        throw new SoapFault(['ter:ActionNotSupported', 'ter:AudioOutputNotSupported'], 'there is no audio output');
      return xml`<trt:AudioOutputs token="${tokens.audioOutput}"/>`;
    },

    GetProfiles: (_camera, _args, { onvif }) => allProfiles(onvif),

    GetProfile: (camera, args) => profileMarkup(camera, needProfile(camera, args.text('ProfileToken')), 'trt:Profile'),

    CreateProfile(camera, args) {
      const profile = createProfile(camera, args.text('Name'), args.optionalText('Token') || undefined);
      profileChanged(camera, profile.token);
      return profileMarkup(camera, profile, 'trt:Profile');
    },

    DeleteProfile(camera, args) {
      deleteProfile(camera, args.text('ProfileToken'));
      return undefined;
    },

    GetStreamUri(camera, args, call) {
      const setup = args.part('StreamSetup');
      const stream = setup.text('Stream');
      const protocol = setup.part('Transport').text('Protocol');
      if (stream !== 'RTP-Unicast' || !['UDP', 'RTSP', 'TCP', 'HTTP'].includes(protocol)) {
        throw invalidValue(`${stream} over ${protocol} is not offered`, 'ter:InvalidStreamSetup');
      }
      return mediaUri(streamUri(camera, args.text('ProfileToken'), call, protocol === 'HTTP'));
    },

    GetSnapshotUri(camera, args, call) {
      return mediaUri(snapshotUri(camera, args.text('ProfileToken'), call));
    },

    SetSynchronizationPoint(camera, args) {
      synchronize(camera, args.text('ProfileToken'));
      return undefined;
    },

    GetGuaranteedNumberOfVideoEncoderInstances(camera, args) {
      needSource(camera, args.text('ConfigurationToken'));
      const total = camera.profile.streams.length;
      const of = (encoding: string) =>
        camera.profile.streams.filter((stream) => encodingsOf(stream).some((one) => one === encoding)).length;
      return xml`<trt:TotalNumber>${total}</trt:TotalNumber><trt:JPEG>${of('JPEG')}</trt:JPEG><trt:H264>${of('H264')}</trt:H264><trt:MPEG4>0</trt:MPEG4>`;
    },
  },
};

const mediaUri = (uri: string): Xml =>
  xml`<trt:MediaUri><tt:Uri>${uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>`;

/** Tunnelled through HTTP it comes to the port of the web services (Streaming §5.1.3). */
export function streamUri(camera: Camera, profileToken: string, call: Call, tunnelled: boolean): string {
  const { path } = streamOfProfile(camera, profileToken);
  const at = tunnelled ? call.base.replace(/^https?:/, 'http:') : `rtsp://${call.host}:${camera.address.ports.rtsp}`;
  return `${at}/${path}`;
}

export function snapshotUri(camera: Camera, profileToken: string, call: Call): string {
  if (camera.quirk('no-onvif-snapshot')) throw new SoapFault(['ter:ActionNotSupported'], 'there is no still picture');
  streamOfProfile(camera, profileToken);
  return `${call.base}${snapshotPath}`;
}

/** A key frame in the video of a profile, and the metadata's state anew (Media §5.11). */
export function synchronize(camera: Camera, profileToken: string) {
  const { videoEncoderConfiguration } = needProfile(camera, profileToken);
  if (videoEncoderConfiguration !== undefined) camera.keyFrame(videoEncoderConfiguration);
}

export function needSource(camera: Camera, token: string) {
  if (!videoInputs(camera).some(({ configuration }) => configuration === token)) {
    throw invalidValue(`there is no video source configuration "${token}"`, 'ter:NoConfig');
  }
}

/** Tags of the configurations in a ver10 profile. */
const tagOf = (type: string) => (type === 'Analytics' ? 'tt:VideoAnalyticsConfiguration' : `tt:${type}Configuration`);

const profileKinds = configurationKinds.filter((kind) => !outputKinds.includes(kind));

const allProfiles = ofState((camera) =>
  inOnePiece(xml`${camera.state.mediaProfiles.map((profile) => profileMarkup(camera, profile, 'trt:Profiles'))}`),
);

function profileMarkup(camera: Camera, profile: MediaProfileState, tag: string): Xml {
  const markup = (kinds: readonly ConfigurationKind[]) =>
    kinds.flatMap((kind) => {
      const token = profile[kind.slot];
      if (token === undefined || kind.shown?.(camera, token, 1) === false) return [];
      return [configurationMarkup(kind, camera, token, 1, tagOf(kind.type))];
    });
  const output = markup(outputKinds);
  return xml`${new Xml(`<${tag}`)} token="${profile.token}" fixed="${String(profile.fixed)}"><tt:Name>${profile.name}</tt:Name>${markup(profileKinds)}${output.length > 0 && xml`<tt:Extension>${output}</tt:Extension>`}${new Xml(`</${tag}>`)}`;
}
