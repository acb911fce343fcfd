import { SoapFault } from '../../../core/soap/fault.ts';
import type { Camera, MediaProfileState } from '../../camera.ts';
import type { StreamFacts } from '../../profiles/profile.ts';
import { invalidValue } from '../arguments.ts';
import { audioEncoderKind, audioSourceKind } from './audio.ts';
import { type ConfigurationKind, incomplete } from './kind.ts';
import { configurationKinds } from './kinds.ts';
import { maxMediaProfiles } from './limits.ts';
import { streamOf, videoEncoderKind } from './video-encoder.ts';
import { videoSourceKind } from './video-source.ts';

export function needProfile({ state }: Camera, token: string): MediaProfileState {
  const profile = state.mediaProfiles.find((one) => one.token === token);
  if (!profile) throw invalidValue(`there is no media profile "${token}"`, 'ter:NoProfile');
  return profile;
}

/** Keep a changed profile and tell of it (Media2 §5.16). */
export function profileChanged(camera: Camera, token: string) {
  camera.save();
  camera.events.raise({ topic: 'tns1:Media/ProfileChanged', source: { Token: token }, data: {} });
}

export function createProfile(camera: Camera, name: string, wantedToken?: string): MediaProfileState {
  const { state } = camera;
  if (name === '' || name.length > 64) throw invalidValue('a name has 1 to 64 characters');
  if (state.mediaProfiles.length >= maxMediaProfiles(camera)) {
    throw new SoapFault(['ter:Action', 'ter:MaxNVTProfiles'], `at most ${maxMediaProfiles(camera)} media profiles`);
  }
  const taken = new Set(state.mediaProfiles.map(({ token }) => token));
  if (wantedToken !== undefined && taken.has(wantedToken)) {
    throw invalidValue(`there is a media profile "${wantedToken}" already`, 'ter:ProfileExists');
  }
  let number = taken.size + 1;
  while (taken.has(`profile_${number}`)) number += 1;
  const profile: MediaProfileState = { token: wantedToken ?? `profile_${number}`, name, fixed: false };
  state.mediaProfiles = [...state.mediaProfiles, profile];
  return profile;
}

export function deleteProfile(camera: Camera, token: string) {
  const profile = needProfile(camera, token);
  if (profile.fixed) {
    throw new SoapFault(['ter:Action', 'ter:DeletionOfFixedProfile'], 'a fixed profile cannot be deleted', {
      code: 'Sender',
    });
  }
  camera.state.mediaProfiles = camera.state.mediaProfiles.filter((one) => one !== profile);
  profileChanged(camera, token);
}

/** Encoders live on the source beside them: a profile may not have one without the other for long (Media §5.3.3). */
const sourceOfEncoder = new Map<ConfigurationKind, ConfigurationKind>([
  [videoEncoderKind, videoSourceKind],
  [audioEncoderKind, audioSourceKind],
]);

const conflict = (reason: string) => new SoapFault(['ter:Action', 'ter:ConfigurationConflict'], reason);

export function addConfiguration(profile: MediaProfileState, kind: ConfigurationKind, token: string) {
  const source = sourceOfEncoder.get(kind);
  if (source && profile[source.slot] === undefined) throw conflict(`a ${source.type} configuration comes first`);
  profile[kind.slot] = token;
}

export function removeConfiguration(profile: MediaProfileState, kind: ConfigurationKind) {
  const dependent = configurationKinds.find((one) => sourceOfEncoder.get(one) === kind);
  if (dependent && profile[dependent.slot] !== undefined)
    throw conflict(`its ${dependent.type} configuration needs it`);
  delete profile[kind.slot];
}

/** The stream a profile stands for: that of its video encoder. */
export function streamOfProfile(camera: Camera, token: string): StreamFacts {
  const { videoEncoderConfiguration, videoSourceConfiguration } = needProfile(camera, token);
  if (videoEncoderConfiguration === undefined || videoSourceConfiguration === undefined) {
    throw incomplete('the profile needs a video source and a video encoder configuration');
  }
  return streamOf(camera, videoEncoderConfiguration);
}
