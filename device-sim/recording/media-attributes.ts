import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { spaces } from '../onvif/media/ptz.ts';
import { instant, trackInformation } from './markup.ts';
import type { Recorder } from './recorder.ts';
import type { RecordedTrack, Recording } from './recordings.ts';
import type { Piece } from './span.ts';

/** What a recording's tracks were like at an instant; undefined when it has no data there (Recording Search §5.4). */
export function attributesMarkup(
  camera: Camera,
  recorder: Recorder,
  recording: Recording,
  at: number,
): Xml | undefined {
  const pieces = recording.tracks.flatMap((track) => {
    const piece = recorder.pieces(recording, track).findLast(({ from, to }) => at >= from && at <= to);
    return piece ? [{ track, piece }] : [];
  });
  if (pieces.length === 0) return undefined;
  const from = Math.max(...pieces.map(({ piece }) => piece.from));
  const until = Math.min(...pieces.map(({ piece }) => piece.to));
  const tracks = pieces.map(
    ({ track, piece }) =>
      xml`<tt:TrackAttributes>${trackInformation(recorder, recording, track, 'tt:TrackInformation')}${attributesOf(camera, track, piece)}</tt:TrackAttributes>`,
  );
  return xml`<tse:MediaAttributes><tt:RecordingToken>${recording.token}</tt:RecordingToken>${tracks}<tt:From>${instant(from)}</tt:From><tt:Until>${instant(until)}</tt:Until></tse:MediaAttributes>`;
}

function attributesOf({ profile }: Camera, { type }: RecordedTrack, { encoder }: Piece): Xml | undefined {
  if (type === 'Audio')
    return xml`<tt:AudioAttributes><tt:Bitrate>64</tt:Bitrate><tt:Encoding>G711</tt:Encoding><tt:Samplerate>8</tt:Samplerate></tt:AudioAttributes>`;
  if (type === 'Metadata') {
    const moving = profile.ptz;
    const where = [spaces.panTiltPosition, ...(profile.zoom ? [spaces.zoomPosition] : [])].join(' ');
    return xml`<tt:MetadataAttributes${moving && xml` PtzSpaces="${where}"`}><tt:CanContainPTZ>${String(moving)}</tt:CanContainPTZ><tt:CanContainAnalytics>true</tt:CanContainAnalytics><tt:CanContainNotifications>true</tt:CanContainNotifications></tt:MetadataAttributes>`;
  }
  return (
    encoder &&
    xml`<tt:VideoAttributes><tt:Bitrate>${encoder.bitrateKbps}</tt:Bitrate><tt:Width>${encoder.width}</tt:Width><tt:Height>${encoder.height}</tt:Height><tt:Encoding>${encoder.encoding}</tt:Encoding><tt:Framerate>${encoder.fps}</tt:Framerate></tt:VideoAttributes>`
  );
}
