import type { CameraState, Identity, MediaProfileState, VideoEncoderState } from '../camera.ts';
import type { Profile } from '../profiles/profile.ts';

/** Tokens of what every camera has one of. */
export const tokens = {
  videoSource: 'vs',
  videoSourceConfiguration: 'vsconf',
  audioSource: 'as',
  audioSourceConfiguration: 'asconf',
  audioEncoderConfiguration: 'aeconf',
  audioOutput: 'ao',
  audioOutputConfiguration: 'aoconf',
  audioDecoderConfiguration: 'adconf',
  ptzNode: 'ptznode',
  ptzConfiguration: 'ptzconf',
  metadataConfiguration: 'mdconf',
  analyticsConfiguration: 'VideoAnalyticsToken',
} as const;

/** Token of the encoder configuration behind stream `n` (1, 2, …). */
export const videoEncoderToken = (n: number) => `veconf_${n}`;

/** The state a camera leaves the factory with. */
export function newState(profile: Profile, identity: Identity): CameraState {
  const videoEncoders = profile.streams.map(
    (stream, at): VideoEncoderState => ({
      token: videoEncoderToken(at + 1),
      name: `${stream.profileName} encoder`,
      encoding: stream.encoding,
      profile: stream.h264Profile,
      width: stream.width,
      height: stream.height,
      fps: stream.fps,
      bitrateKbps: stream.bitrateKbps,
      govLength: Math.max(1, stream.fps * 2),
      quality: 3,
    }),
  );
  const mediaProfiles = profile.streams.map(
    (stream, at): MediaProfileState => ({
      token: stream.profileToken,
      name: stream.profileName,
      fixed: true,
      videoSourceConfiguration: stream.channel
        ? `${tokens.videoSourceConfiguration}_${stream.channel}`
        : tokens.videoSourceConfiguration,
      videoEncoderConfiguration: videoEncoderToken(at + 1),
      ...(profile.audio
        ? {
            audioSourceConfiguration: tokens.audioSourceConfiguration,
            audioEncoderConfiguration: tokens.audioEncoderConfiguration,
          }
        : {}),
      ...(profile.ptz ? { ptzConfiguration: tokens.ptzConfiguration } : {}),
      metadataConfiguration: tokens.metadataConfiguration,
      ...(profile.channels ? {} : { analyticsConfiguration: tokens.analyticsConfiguration }),
    }),
  );
  return {
    initialized: false,
    users: [],
    bootCount: 0,
    metadataVersion: 1,
    hostname: `${profile.model}-${identity.mac.replaceAll(':', '').slice(-4)}`,
    deviceName: `${profile.marketName} ${profile.hardware}`,
    timeZone: 'UTC0',
    dateTimeType: 'NTP',
    clockOffsetMs: 0,
    discoverable: true,
    scopes: [],
    videoEncoders,
    mediaProfiles,
    eventBrokers: [],
    extra: {},
  };
}
