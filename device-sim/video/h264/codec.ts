import type { VideoCodec } from '../codec.ts';
import { longestGroup, nalHeader, pictureParameterSet, sequenceParameterSet } from './parameter-sets.ts';
import { createRunCoder } from './run-coder.ts';
import { createSliceWriter } from './slice-writer.ts';

/** ITU-T H.264 as far as a drawn picture needs it: Intra 16×16, skipped macroblocks, CAVLC. */
export const h264: VideoCodec = {
  name: 'H264',
  createRunCoder,
  createSliceWriter,
  parameterSets: ({ profile, width, height, fps, bitrateKbps }) => [
    sequenceParameterSet({ profile, width, height, fps, bitrateKbps }),
    pictureParameterSet(),
  ],
  fillerHeader: [nalHeader.filler],
  longestGroup,
};
