import type { Camera } from '../../camera.ts';
import { analyticsKind } from './analytics.ts';
import { audioEncoderKind, audioSourceKind } from './audio.ts';
import { audioDecoderKind, audioOutputKind } from './audio-output.ts';
import type { ConfigurationKind } from './kind.ts';
import { metadataKind } from './metadata.ts';
import { ptzKind } from './ptz.ts';
import { videoEncoderKind } from './video-encoder.ts';
import { videoSourceKind } from './video-source.ts';

/** All kinds of configuration, in the order in which a ver10 profile holds them. */
export const configurationKinds: readonly ConfigurationKind[] = [
  videoSourceKind,
  audioSourceKind,
  videoEncoderKind,
  audioEncoderKind,
  analyticsKind,
  ptzKind,
  metadataKind,
  audioOutputKind,
  audioDecoderKind,
];

export const kindOfType = (type: string): ConfigurationKind | undefined =>
  configurationKinds.find((kind) => kind.type === type);

/** Kinds this model has something of. */
export const kindsOf = (camera: Camera) => configurationKinds.filter((kind) => kind.tokens(camera).length > 0);
