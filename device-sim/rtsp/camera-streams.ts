import type { Camera, VideoEncoderState } from '../camera.ts';
import { createFrameSource, type FrameSource } from '../video/frame-source.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import { createVideoStream, type MediaStream } from './media-stream.ts';
import { describeH264, type SdpMedia } from './sdp.ts';

/** One track of a stream as DESCRIBE tells it and SETUP asks for it. */
export interface Track {
  readonly id: string;
  describe(): SdpMedia;
  readonly stream: MediaStream;
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
}

export interface CameraStreamsOptions {
  camera: Camera;
  library: PictureLibrary;
  fill?: boolean;
}

const videoPayloadType = 96;

export function createCameraStreams({ camera, library, fill }: CameraStreamsOptions): CameraStreams {
  const { state, profile } = camera;
  /** By token of the encoder configuration: profiles that share one share its pictures. */
  const sources = new Map<string, { source: FrameSource; stream: MediaStream }>();

  const encoderOf = (profileToken: string): VideoEncoderState | undefined => {
    const wanted = state.mediaProfiles.find(({ token }) => token === profileToken)?.videoEncoderConfiguration;
    return state.videoEncoders.find(({ token }) => token === wanted);
  };
  const videoOf = (encoderToken: string) => {
    let video = sources.get(encoderToken);
    if (!video) {
      const encoder = () => state.videoEncoders.find(({ token }) => token === encoderToken);
      const source = createFrameSource({ camera, encoder, library, fill });
      const { random, identity } = camera;
      const stream = createVideoStream({
        source,
        random,
        cname: `${camera.name}@${identity.serial}`,
        payloadType: videoPayloadType,
      });
      video = { source, stream };
      sources.set(encoderToken, video);
    }
    return video;
  };

  return {
    find(path) {
      const profileToken =
        profile.streams.find((stream) => stream.path === path)?.profileToken ??
        state.mediaProfiles.find(({ token }) => token === path)?.token;
      if (profileToken === undefined) return undefined;
      return {
        profileToken,
        tracks() {
          const encoder = encoderOf(profileToken);
          if (!encoder) return undefined;
          const control = 'trackID=1';
          return [
            {
              id: control,
              stream: videoOf(encoder.token).stream,
              describe: () => describeH264(encoder, videoPayloadType, control),
            },
          ];
        },
      };
    },
    requestKeyframe(token) {
      const only = token === undefined ? undefined : (encoderOf(token)?.token ?? token);
      for (const [encoderToken, { source }] of sources)
        if (only === undefined || encoderToken === only) source.requestKeyframe();
    },
    viewers() {
      const counts = state.mediaProfiles.map(({ token }): [string, number] => {
        const encoder = encoderOf(token);
        return [token, (encoder && sources.get(encoder.token)?.stream.viewers) ?? 0];
      });
      return Object.fromEntries(counts.filter(([, count]) => count > 0));
    },
  };
}
