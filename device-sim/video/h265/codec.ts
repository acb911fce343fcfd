import type { VideoCodec } from '../codec.ts';
import {
  longestGroup,
  nalHeaderOf,
  nalType,
  pictureParameterSet,
  sequenceParameterSet,
  videoParameterSet,
} from './parameter-sets.ts';
import { createRunCoder } from './run-coder.ts';
import { createSliceWriter } from './slice-writer.ts';

/** ITU-T H.265 as far as a drawn picture needs it: intra units of 16×16, skipped units, CABAC. */
export const h265: VideoCodec = {
  name: 'H265',
  createRunCoder,
  createSliceWriter,
  parameterSets: (format) => [videoParameterSet(format), sequenceParameterSet(format), pictureParameterSet()],
  fillerHeader: nalHeaderOf(nalType.filler),
  longestGroup,
};
