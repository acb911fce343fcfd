import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../../core/runtime/settings.ts';
import { parseAnnexB } from '../nal.ts';
import { cutAccessUnits, roleOf } from './access-units.ts';
import { ClipError, readMp4 } from './mp4.ts';
import { type PictureFormat, readH264Format, readH265Format } from './picture-format.ts';

/** A film that is played instead of the drawn picture, round and round. */
export interface Clip {
  readonly name: string;
  readonly codec: 'H264' | 'H265';
  readonly profile: 'Baseline' | 'Main' | 'High';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrateKbps: number;
  /** SPS and PPS, or VPS, SPS and PPS: what an SDP tells. */
  readonly parameterSets: readonly Buffer[];
  /** Pictures in the order of decoding; the first one is a key frame. */
  readonly pictures: readonly ClipPicture[];
}

export interface ClipPicture {
  /** With the parameter sets in front of a key frame. */
  readonly nals: readonly Buffer[];
  readonly keyframe: boolean;
  readonly shownLaterMs: number;
}

const largestBytes = 256 << 20;
/** Annex B may say nothing of its rate. */
const usualFps = 25;
const endings = '.mp4, .m4v, .mov, .h264, .264, .avc, .h265, .265 or .hevc';

/** Read a film; throws UsageError with path and reason for what cannot be played. */
export function readClip(path: string): Clip {
  try {
    return makeClip(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      error instanceof ClipError
        ? error.message
        : code === 'ENOENT'
          ? 'there is no such file'
          : error instanceof RangeError
            ? 'it is cut short'
            : (code ?? (error as Error).message);
    throw new UsageError(`the clip ${path} cannot be played: ${reason}`);
  }
}

interface Raw {
  codec: Clip['codec'];
  units: { nals: Buffer[]; ms?: number; shownLaterMs: number }[];
  parameterSets: Buffer[];
}

function makeClip(path: string): Clip {
  const { size } = statSync(path);
  if (size > largestBytes) throw new ClipError(`it has ${size} bytes, and at most ${largestBytes} are kept in memory`);
  const { codec, units, parameterSets } = read(path);
  const isKey = ({ nals }: Raw['units'][number]) => nals.some((nal) => roleOf(codec, nal) === 'key');
  const first = units.findIndex(isKey);
  if (first < 0) throw new ClipError(`there is no ${codec} key frame in it`);
  const played = units.slice(first);
  const sets = newestSets(codec, parameterSets, played[0]!.nals);
  const sps = sets.find((nal) => (codec === 'H264' ? (nal[0]! & 0x1f) === 7 : nal[0]! >> 1 === 33));
  if (!sps) throw new ClipError('it has no sequence parameter set');
  const format = codec === 'H264' ? readH264Format(sps) : readH265Format(sps);
  if (!(format.width >= 16 && format.height >= 16 && format.width <= 16_384 && format.height <= 16_384))
    throw new ClipError(`it says its pictures are ${format.width}x${format.height}`);
  const fps = rateOf(played, format);
  const bytes = played.reduce((sum, { nals }) => sum + nals.reduce((all, nal) => all + nal.length, 0), 0);
  return {
    name: basename(path),
    codec,
    profile:
      codec === 'H265' ? 'Main' : format.profileIdc >= 100 ? 'High' : format.profileIdc === 77 ? 'Main' : 'Baseline',
    width: format.width,
    height: format.height,
    fps,
    bitrateKbps: Math.max(1, Math.ceil((bytes * 8 * fps) / played.length / 1000)),
    parameterSets: sets,
    pictures: played.map((unit) => {
      const keyframe = isKey(unit);
      const bare = unit.nals.filter((nal) => !keyframe || roleOf(codec, nal) !== 'parameters');
      return {
        nals: keyframe ? [...newestSets(codec, sets, unit.nals), ...bare] : bare,
        keyframe,
        shownLaterMs: unit.shownLaterMs,
      };
    }),
  };
}

function read(path: string): Raw {
  const [, ending = ''] = /\.([^./\\]+)$/.exec(path.toLowerCase()) ?? [];
  const file = readFileSync(path);
  if (['mp4', 'm4v', 'mov'].includes(ending)) {
    const { codec, parameterSets, samples } = readMp4(file);
    return { codec, parameterSets, units: samples };
  }
  const codec = ['h264', '264', 'avc'].includes(ending)
    ? 'H264'
    : ['h265', '265', 'hevc'].includes(ending)
      ? 'H265'
      : undefined;
  if (!codec) throw new ClipError(`its name must end in ${endings}`);
  const units = cutAccessUnits(codec, parseAnnexB(file)).map((nals) => ({ nals, shownLaterMs: 0 }));
  if (units.length === 0) throw new ClipError(`it is no ${codec} byte stream (Annex B)`);
  return { codec, parameterSets: [], units };
}

/** Parameter sets of each kind: those of the key frame itself, else those known before. */
function newestSets(codec: Clip['codec'], known: readonly Buffer[], nals: readonly Buffer[]): Buffer[] {
  const own = nals.filter((nal) => roleOf(codec, nal) === 'parameters');
  const kindOf = (nal: Buffer) => (codec === 'H264' ? nal[0]! & 0x1f : nal[0]! >> 1);
  return [...known.filter((nal) => !own.some((one) => kindOf(one) === kindOf(nal))), ...own].sort(
    (a, b) => kindOf(a) - kindOf(b),
  );
}

/** By the durations of an MP4, by the parameter set, or the usual one; two decimals are enough. */
function rateOf(units: Raw['units'], { fps }: PictureFormat): number {
  const timed = units.filter(({ ms }) => ms !== undefined);
  const rate =
    timed.length > 0 ? (1000 * timed.length) / timed.reduce((sum, { ms }) => sum + ms!, 0) : (fps ?? usualFps);
  if (!(rate >= 0.1 && rate <= 240)) throw new ClipError(`it says it has ${rate} pictures a second`);
  return Math.round(rate * 100) / 100;
}
