import { parseXml } from '../../core/soap/parse-xml.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera, Scene } from '../camera.ts';
import type { Arguments } from '../onvif/arguments.ts';
import { positionMarkup } from '../onvif/media/ptz.ts';
import { panDegrees, tiltDegrees } from '../onvif/ptz-head.ts';
import type { SearchFilter } from '../onvif/search-filter.ts';
import { createMetadata } from '../rtsp/metadata.ts';
import { cameraThen } from './footage.ts';
import { instant } from './markup.ts';
import type { Recorder } from './recorder.ts';
import type { RecordedTrack, Recording } from './recordings.ts';
import { windows } from './search-events.ts';

interface Range {
  start: number;
  end: number;
}

function byChannel(recordings: readonly Recording[]): Map<number, Recording[]> {
  const channels = new Map<number, Recording[]>();
  for (const one of recordings) channels.set(one.channel ?? 0, [...(channels.get(one.channel ?? 0) ?? []), one]);
  return channels;
}

const metadataTracks = (recordings: readonly Recording[]) =>
  recordings.flatMap((recording) =>
    recording.tracks.filter(({ type }) => type === 'Metadata').map((track) => ({ recording, track })),
  );

const placeMarkup = (recording: Recording, track: RecordedTrack, at: number, more?: Xml) =>
  xml`<tt:Result><tt:RecordingToken>${recording.token}</tt:RecordingToken><tt:TrackToken>${track.token}</tt:TrackToken><tt:Time>${instant(at)}</tt:Time>${more}</tt:Result>`;

/** A metadata document a second is looked into while something moves; the others tell of nothing. */
const documentMs = 1000;

/** Metadata that an expression matches (Recording Search §5.10). */
export function* findMetadata(
  camera: Camera,
  recorder: Recorder,
  recordings: readonly Recording[],
  passes: SearchFilter,
  { start, end }: Range,
): Generator<Xml | undefined, void> {
  let at = 0;
  // A recorder's channels are looked into one after the other.
  for (const [channel, here] of byChannel(recordings)) {
    const footage = recorder.footage(channel);
    const metadata = createMetadata(cameraThen(camera.channels[channel - 1] ?? camera, footage, () => at));
    for (const { from, to } of windows(start, end)) {
      const times = footage
        .moving(from, to)
        .flatMap((one) =>
          Array.from({ length: Math.ceil((one.to - one.from) / documentMs) }, (_, i) => one.from + i * documentMs),
        );
      if (start > end) times.reverse();
      for (const time of times) {
        at = time;
        const document = metadata.snapshot();
        if (!document || !passes(parseXml(document.toString()))) {
          yield undefined;
          continue;
        }
        for (const { recording, track } of metadataTracks(here))
          if (recorder.pieces(recording, track, time, time + 1).length > 0) yield placeMarkup(recording, track, time);
      }
    }
  }
}

export interface PtzVolume {
  panTilt?: { least: [x: number, y: number]; most: [x: number, y: number] };
  zoom?: { least: number; most: number };
  enterOrExit: boolean;
}

/** A tt:PTZPositionFilter in the generic spaces. */
export function readPtzFilter(filter: Arguments): PtzVolume {
  const [least, most] = [filter.part('MinPosition'), filter.part('MaxPosition')];
  const panTilt = [least, most].map((one) => one.optionalPart('PanTilt'));
  const zoom = [least, most].map((one) => one.optionalPart('Zoom'));
  const point = (one: Arguments): [number, number] => [one.floatAttribute('x'), one.floatAttribute('y')];
  return {
    ...(panTilt[0] && panTilt[1] ? { panTilt: { least: point(panTilt[0]), most: point(panTilt[1]) } } : {}),
    ...(zoom[0] && zoom[1] ? { zoom: { least: zoom[0].floatAttribute('x'), most: zoom[1].floatAttribute('x') } } : {}),
    enterOrExit: filter.flag('EnterOrExit'),
  };
}

const generic = ({ pan, tilt, zoom }: Scene['ptz']) => ({ x: pan / panDegrees, y: tilt / tiltDegrees, zoom });

function inside({ panTilt, zoom }: PtzVolume, at: ReturnType<typeof generic>): boolean {
  const between = (value: number, least: number, most: number) =>
    value >= Math.min(least, most) && value <= Math.max(least, most);
  return (
    (!panTilt ||
      (between(at.x, panTilt.least[0], panTilt.most[0]) && between(at.y, panTilt.least[1], panTilt.most[1]))) &&
    (!zoom || between(at.zoom, zoom.least, zoom.most))
  );
}

/** Positions of the lens within a volume, or where it entered and left it (Recording Search §5.8). */
export function* findPtz(
  camera: Camera,
  recorder: Recorder,
  recordings: readonly Recording[],
  volume: PtzVolume,
  { start, end }: Range,
): Generator<Xml | undefined, void> {
  let before: boolean | undefined;
  for (const { from, to } of windows(start, end)) {
    const looks = recorder.footage(0).looks(from, to);
    if (start > end) looks.reverse();
    for (const { at, ptz } of looks) {
      const position = generic(ptz);
      const within = inside(volume, position);
      const wanted = volume.enterOrExit ? before !== undefined && before !== within : within;
      before = within;
      if (!wanted) {
        yield undefined;
        continue;
      }
      for (const { recording, track } of metadataTracks(recordings))
        if (recorder.pieces(recording, track, at, at + 1).length > 0)
          yield placeMarkup(recording, track, at, xml`<tt:Position>${positionMarkup(camera, position)}</tt:Position>`);
    }
  }
}
