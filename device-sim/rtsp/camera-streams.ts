import type { Camera, MediaProfileState, VideoEncoderState } from '../camera.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { underPacketFaults } from '../faults/packet-faults.ts';
import { createPictureFaults } from '../faults/picture-faults.ts';
import { filmedBy } from '../video/filmed-by.ts';
import { createFrameSource, type FrameSource } from '../video/frame-source.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import { pcmaPayloadType, sampleRate, startSound } from './audio.ts';
import { createLiveTrack, type LiveOutput } from './live-track.ts';
import { createVideoStream, type MediaStream, type Viewer } from './media-stream.ts';
import { createMetadata, startMetadata, tellProperties } from './metadata.ts';
import { h264Payload, h265Payload } from './rtp.ts';
import { jpegPayloadType, longestJpegSide } from './rtp-jpeg.ts';
import { describeH264, describeH265, describeJpeg, type SdpMedia } from './sdp.ts';
import { TalkSink } from './talk-sink.ts';

/** One track of a stream as DESCRIBE tells it and SETUP asks for it. */
export interface Track {
  readonly id: string;
  describe(): SdpMedia;
  /** What it sends; a back channel sends nothing. */
  readonly stream?: MediaStream;
  /** Where what the client says goes. */
  readonly sink?: TalkSink;
}

/** What one RTSP path plays. */
export interface CameraStream {
  readonly profileToken: string;
  /** Undefined when the media profile has lost its encoder: nothing can be played. */
  tracks(): Track[] | undefined;
}

/** The streams of one camera by path and by media profile. */
export interface CameraStreams {
  find(path: string): CameraStream | undefined;
  /** The next picture of this media profile or encoder configuration (of all when none is named) will be an IDR. */
  requestKeyframe(token?: string): void;
  /** Viewers by media profile token; those without any are left out. */
  viewers(): Record<string, number>;
  /** May a client ask for the back channel? With the quirk it may, and gets none. */
  readonly backChannelAsked: boolean;
  readonly talk: TalkSink;
}

export interface CameraStreamsOptions {
  camera: Camera;
  library: PictureLibrary;
  fill?: boolean;
  faults?: FaultBook;
}

/** Dynamic payload types (RFC 3551) and control URLs, fixed so that a client finds the same each time. */
const payloadTypes = { video: 96, metadata: 107 } as const;
const controls = { video: 'trackID=1', audio: 'trackID=2', metadata: 'trackID=3', talk: 'trackID=4' } as const;

const sourceKey = ({ token, encoding }: VideoEncoderState) => `${encoding} ${token}`;

/** Is there a way to write these pictures, and to send them? */
const playable = ({ encoding, width, height }: VideoEncoderState) =>
  encoding !== 'JPEG' || Math.max(width, height) <= longestJpegSide;

export function createCameraStreams({ camera, library, fill, faults: book }: CameraStreamsOptions): CameraStreams {
  const { state, profile, random } = camera;
  const cname = `${camera.name}@${camera.identity.serial}`;
  const clock = {
    now: () => camera.clock.now() - state.clockOffsetMs,
    sleep: (ms: number, signal?: AbortSignal) => camera.clock.sleep(ms, signal),
  };
  const live = { random, cname, clock, cameraNow: () => camera.clock.now() };
  /** By encoder configuration and codec: profiles that share one share its pictures; another codec is another stream. */
  const sources = new Map<string, { source: FrameSource; stream: MediaStream; encoderToken: string }>();
  const talk = new TalkSink(pcmaPayloadType);
  const backChannel = profile.audio && !camera.quirk('no-back-channel');
  let sound: MediaStream | undefined;
  let scene: MediaStream | undefined;
  let sceneOutput: LiveOutput | undefined;
  const metadata = createMetadata(camera);

  const mediaProfileOf = (token: string): MediaProfileState | undefined =>
    state.mediaProfiles.find((one) => one.token === token);
  const encoderOf = (profileToken: string): VideoEncoderState | undefined => {
    const wanted = mediaProfileOf(profileToken)?.videoEncoderConfiguration;
    return state.videoEncoders.find(({ token }) => token === wanted);
  };

  function videoTrack(encoder: VideoEncoderState): Track {
    const { token, encoding } = encoder;
    const byJpeg = encoding === 'JPEG';
    let video = sources.get(sourceKey(encoder));
    if (!video) {
      const configured = () => state.videoEncoders.find((one) => one.token === token && one.encoding === encoding);
      const name = profile.streams[state.videoEncoders.findIndex((one) => one.token === token)]?.path ?? token;
      const striking = book && { book, clock, random, received: camera.received };
      const faults = striking && createPictureFaults(name, striking);
      const source = createFrameSource({ camera: filmedBy(camera, token), encoder: configured, library, fill, faults });
      const underFaults = striking && ((viewer: Viewer) => underPacketFaults(viewer, name, striking));
      const payloadType = byJpeg ? jpegPayloadType : payloadTypes.video;
      const payload = encoding === 'H265' ? h265Payload : h264Payload;
      const stream = createVideoStream({ source, random, cname, payloadType, payload, underFaults });
      video = { source, stream, encoderToken: token };
      sources.set(sourceKey(encoder), video);
    }
    return {
      id: controls.video,
      stream: video.stream,
      describe: () =>
        byJpeg
          ? describeJpeg(encoder, controls.video)
          : (encoding === 'H265' ? describeH265 : describeH264)(
              encoder,
              payloadTypes.video,
              controls.video,
              camera.clip?.parameterSets,
            ),
    };
  }

  function soundTrack(): Track {
    sound ??= createLiveTrack({
      ...live,
      payloadType: pcmaPayloadType,
      rate: sampleRate,
      start: (output) => startSound(output, clock, live.cameraNow),
    });
    return {
      id: controls.audio,
      stream: sound,
      describe: () => ({
        media: `audio 0 RTP/AVP ${pcmaPayloadType}`,
        control: controls.audio,
        lines: ['b=AS:64', `a=rtpmap:${pcmaPayloadType} PCMA/${sampleRate}`, 'a=ptime:40', 'a=recvonly'],
      }),
    };
  }

  function metadataTrack(): Track {
    scene ??= createLiveTrack({
      ...live,
      payloadType: payloadTypes.metadata,
      rate: 90_000,
      start(output) {
        sceneOutput = output;
        return startMetadata(output, camera, metadata);
      },
      onJoin: (output) => tellProperties(output, camera, metadata),
    });
    return {
      id: controls.metadata,
      stream: scene,
      describe: () => ({
        media: `application 0 RTP/AVP ${payloadTypes.metadata}`,
        control: controls.metadata,
        lines: [`a=rtpmap:${payloadTypes.metadata} vnd.onvif.metadata/90000`, 'a=recvonly'],
      }),
    };
  }

  const talkTrack: Track = {
    id: controls.talk,
    sink: talk,
    describe: () => ({
      media: `audio 0 RTP/AVP ${pcmaPayloadType}`,
      control: controls.talk,
      lines: [`a=rtpmap:${pcmaPayloadType} PCMA/${sampleRate}`, 'a=sendonly'],
    }),
  };

  return {
    talk,
    backChannelAsked: backChannel || camera.quirk('no-back-channel'),
    find(path) {
      const profileToken =
        profile.streams.find((stream) => stream.path === path)?.profileToken ?? mediaProfileOf(path)?.token;
      if (profileToken === undefined) return undefined;
      return {
        profileToken,
        tracks() {
          const media = mediaProfileOf(profileToken);
          const encoder = encoderOf(profileToken);
          if (!media || !encoder || !playable(encoder)) return undefined;
          return [
            videoTrack(encoder),
            ...(media.audioEncoderConfiguration === undefined ? [] : [soundTrack()]),
            ...(media.metadataConfiguration === undefined ? [] : [metadataTrack()]),
            ...(backChannel ? [talkTrack] : []),
          ];
        },
      };
    },
    requestKeyframe(token) {
      const only = token === undefined ? undefined : (encoderOf(token)?.token ?? token);
      for (const { source, encoderToken } of sources.values())
        if (only === undefined || encoderToken === only) source.requestKeyframe();
      // A synchronisation point is one for the metadata too (Media §5.11).
      if (sceneOutput && scene && scene.viewers > 0) tellProperties(sceneOutput, camera, metadata);
    },
    viewers() {
      const counts = state.mediaProfiles.map(({ token }): [string, number] => {
        const encoder = encoderOf(token);
        return [token, (encoder && sources.get(sourceKey(encoder))?.stream.viewers) ?? 0];
      });
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    },
  };
}
