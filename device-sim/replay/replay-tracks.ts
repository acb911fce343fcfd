import type { Camera } from '../camera.ts';
import { cameraThen, type Footage } from '../recording/footage.ts';
import { dataOf } from '../recording/markup.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { RecordedTrack, Recording } from '../recording/recordings.ts';
import { pcmaPayloadType, pipSecond, sampleRate } from '../rtsp/audio.ts';
import { createMetadata } from '../rtsp/metadata.ts';
import { type PacketBatch, PacketWriter, payloadBytes, type RtpState } from '../rtsp/rtp.ts';
import type { SdpMedia } from '../rtsp/sdp.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import {
  createRecordedPictures,
  describeVideo,
  packetizePicture,
  type RecordedPictures,
  videoPayloadType,
} from './recorded-pictures.ts';
import type { Grid, Unit } from './unit.ts';

/** One track of a recording as a client can play it. */
export interface ReplayTrack {
  readonly id: string;
  readonly recorded: RecordedTrack;
  readonly payloadType: number;
  /** RTP clock, ticks a second. */
  readonly rate: number;
  readonly grid: Grid;
  describe(): SdpMedia;
  /** A maker of its units: each session has its own, as pictures build on each other. */
  open(): UnitMaker;
}

export interface UnitMaker {
  /** The unit in packets; undefined when there is nothing to tell. */
  make(unit: Unit, rtp: RtpState, timestamp: number): { batch: PacketBatch; clean: boolean } | undefined;
}

export interface ReplaySource {
  camera: Camera;
  recorder: Recorder;
  library: PictureLibrary;
  fill: boolean;
}

/** The camera whose picture it is: a recorder's channel, or the camera itself. */
type TrackSource = ReplaySource & { footage: Footage; channel: number | undefined };

const soundMs = 40;
const metadataMs = 200;
/** A document comes at least each second, more often while something moves. */
const stillEvery = 5;

/** The tracks of a recording that hold data and can be sent; a client finds them under the same names each time. */
export function replayTracks(recording: Recording, source: ReplaySource): ReplayTrack[] {
  return recording.tracks.flatMap((recorded, at) => {
    if (!dataOf(source.recorder, recording, recorded)) return [];
    const id = `trackID=${at + 1}`;
    const make = { Video: videoTrack, Audio: soundTrack, Metadata: metadataTrack }[recorded.type];
    const channel = recording.channel ?? 0;
    const camera = source.camera.channels[channel - 1] ?? source.camera;
    const track = make(id, recorded, {
      ...source,
      camera,
      footage: source.recorder.footage(channel),
      channel: recording.channel,
    });
    return track ? [track] : [];
  });
}

/** The tag by which a client tells which track of the recording this is (Streaming §6.2). */
const named = (media: SdpMedia, { token }: RecordedTrack): SdpMedia => ({
  ...media,
  lines: [...media.lines, `a=x-onvif-track:${token}`, 'a=recvonly'],
});

function videoTrack(
  id: string,
  recorded: RecordedTrack,
  { camera, footage, library, fill }: TrackSource,
): ReplayTrack | undefined {
  const encoder = recorded.spans.findLast((span) => span.encoder)?.encoder;
  if (!encoder) return undefined;
  return {
    id,
    recorded,
    payloadType: videoPayloadType(encoder),
    rate: 90_000,
    grid: {
      stepMs: (span) => 1000 / Math.max(0.1, span.encoder?.fps ?? encoder.fps),
      group: (span) =>
        Math.max(1, (span.encoder ?? encoder).encoding === 'JPEG' ? 1 : (span.encoder ?? encoder).govLength),
    },
    describe: () => named(describeVideo(encoder, id), recorded),
    open() {
      let pictures: RecordedPictures | undefined;
      return {
        make({ at, number, span, key }, rtp, timestamp) {
          const coded = span.encoder ?? encoder;
          if (pictures?.encoder !== coded)
            pictures = createRecordedPictures(coded, (now) => cameraThen(camera, footage, now), library, fill);
          const picture = pictures.at(at, number, key);
          return { batch: packetizePicture(coded, rtp, timestamp, picture), clean: picture.keyframe };
        },
      };
    },
  };
}

function plainBatch(rtp: RtpState, timestamp: number, payload: Uint8Array, marker: boolean): PacketBatch {
  const pieces = Math.max(1, Math.ceil(payload.length / payloadBytes));
  const writer = new PacketWriter(rtp, timestamp, payload.length, pieces);
  for (let piece = 0; piece < pieces; piece++) {
    const to = Math.min(payload.length, (piece + 1) * payloadBytes);
    writer
      .begin()
      .copy(payload, piece * payloadBytes, to)
      .end(marker && piece === pieces - 1);
  }
  return writer.batch();
}

function soundTrack(id: string, recorded: RecordedTrack): ReplayTrack {
  const samples = (sampleRate * soundMs) / 1000;
  const second = pipSecond();
  return {
    id,
    recorded,
    payloadType: pcmaPayloadType,
    rate: sampleRate,
    grid: { stepMs: () => soundMs, group: () => 1 },
    describe: () =>
      named(
        {
          media: `audio 0 RTP/AVP ${pcmaPayloadType}`,
          control: id,
          lines: ['b=AS:64', `a=rtpmap:${pcmaPayloadType} PCMA/${sampleRate}`, `a=ptime:${soundMs}`],
        },
        recorded,
      ),
    open: () => ({
      make({ at }, rtp, timestamp) {
        const from = (at % 1000) * (sampleRate / 1000);
        return { batch: plainBatch(rtp, timestamp, second.subarray(from, from + samples), false), clean: true };
      },
    }),
  };
}

function metadataTrack(
  id: string,
  recorded: RecordedTrack,
  { camera, recorder, footage, channel }: TrackSource,
): ReplayTrack {
  const payloadType = 107;
  return {
    id,
    recorded,
    payloadType,
    rate: 90_000,
    grid: { stepMs: () => metadataMs, group: () => 1 },
    describe: () =>
      named(
        {
          media: `application 0 RTP/AVP ${payloadType}`,
          control: id,
          lines: [`a=rtpmap:${payloadType} vnd.onvif.metadata/90000`],
        },
        recorded,
      ),
    open() {
      let time = 0;
      const then = cameraThen(camera, footage, () => time);
      const metadata = createMetadata(then);
      return {
        make({ at, number, end }, rtp, timestamp) {
          time = at;
          const told = metadata.events(recorder.events.ofCamera(at - metadataMs + 1, at + 1, channel));
          const due = number % stillEvery === 0 || end || then.scene.motion;
          const document = told ?? (due ? metadata.snapshot() : undefined);
          return document && { batch: plainBatch(rtp, timestamp, document, true), clean: true };
        },
      };
    },
  };
}
