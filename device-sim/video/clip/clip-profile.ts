import type { CameraState, Identity } from '../../camera.ts';
import type { Profile, StreamFacts } from '../../profiles/profile.ts';
import { newState } from '../../state/new-state.ts';
import type { Clip } from './clip.ts';

/** The model with streams that are what the film is: options, SDP and GetProfiles follow from it. */
export function withClip(
  profile: Profile,
  { codec, profile: h264Profile, width, height, fps, bitrateKbps }: Clip,
): Profile {
  const asClip = (stream: StreamFacts): StreamFacts => ({
    ...stream,
    encoding: codec,
    encodings: [codec],
    h264Profile,
    width,
    height,
    fps,
    bitrateKbps,
    resolutions: [[width, height]],
    fpsRange: [fps, fps],
    bitrateRange: [bitrateKbps, bitrateKbps],
  });
  const [main, ...more] = profile.streams;
  return { ...profile, streams: [asClip(main), ...more.map(asClip)] };
}

/** Encoders kept from before become as they leave the factory where the streams do not have them (any more). */
export function fitEncoders(state: CameraState, profile: Profile, identity: Identity, clip: Clip | undefined): void {
  state.videoEncoders = newState(profile, identity).videoEncoders.map((usual, at) => {
    const kept = state.videoEncoders[at];
    const { encoding, encodings = [encoding], resolutions } = profile.streams[at]!;
    const fits =
      kept &&
      encodings.includes(kept.encoding) &&
      resolutions.some(([width, height]) => width === kept.width && height === kept.height);
    return fits && !clip ? kept : usual;
  });
}
