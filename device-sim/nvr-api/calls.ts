import { z } from 'zod';
import { ntp } from '../behaviors/device-network.ts';
import type { Camera } from '../camera.ts';
import { dashedMac } from '../identity.ts';
import { recorderOf } from '../recording/find.ts';
import { sectionsOf } from '../recording/span.ts';
import { videoEncoderToken } from '../state/new-state.ts';
import { zoneOffsetMs } from '../video/shown.ts';
import { wrongParameter } from './codes.ts';

/** One call of a signed-in client: query and body as they came, the strings in them decoded. */
export interface NvrCall {
  camera: Camera;
  query: URLSearchParams;
  body: Record<string, unknown>;
}
export type NvrOperation = (call: NvrCall) => object;

const streams = ['main', 'minor'] as const;
const dayMs = 86_400_000;

function number(query: URLSearchParams, name: string, least: number, most: number): number {
  const text = query.get(name) ?? '';
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least || value > most)
    throw wrongParameter(`${name} is a number from ${least} to ${most}, not "${text}"`);
  return value;
}

/** A parameter of a body. */
function taken<T>(body: Record<string, unknown>, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(body[name]);
  if (!parsed.success) throw wrongParameter(`${name}: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

const channelOf = ({ camera, query }: NvrCall) => number(query, 'channel', 1, camera.channels.length);

function encoderOf(camera: Camera, channel: number, stream: string | null) {
  const which = streams.findIndex((one) => one === stream);
  if (which < 0) throw wrongParameter(`stream is ${streams.join(' or ')}, not "${stream}"`);
  const at = camera.profile.streams.map((one, i) => ({ one, i })).filter(({ one }) => one.channel === channel)[
    which
  ]!.i;
  const encoder = camera.state.videoEncoders.find(({ token }) => token === videoEncoderToken(at + 1))!;
  return { encoder, facts: camera.profile.streams[at]! };
}
const encoderAsked = (call: NvrCall) => encoderOf(call.camera, channelOf(call), call.query.get('stream'));
const encoderNamed = ({ camera, body }: NvrCall) =>
  encoderOf(
    camera,
    taken(body, 'channel', z.coerce.number().int().min(1).max(camera.channels.length)),
    taken(body, 'stream', z.enum(streams)),
  );

const pixels = (width: number, height: number) => `${width}x${height}`;

/** `20260820` or `202608` as the instant at which it begins in the recorder's own time. */
function begin(text: string | null, digits: 6 | 8, name: string, zoneMs: number): number {
  const match = new RegExp(`^\\d{${digits}}$`).test(text ?? '') ? text! : undefined;
  const [year, month, day] = [match?.slice(0, 4), match?.slice(4, 6), match?.slice(6) || '01'];
  const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(at))
    throw wrongParameter(`${name} is written ${digits === 6 ? 'YYYYMM' : 'YYYYMMDD'}, not "${text}"`);
  return at - zoneMs;
}

/** Footage of a channel within [from, to). */
function sections({ camera }: NvrCall, channel: number, from: number, to: number) {
  const recorder = recorderOf(camera);
  const recording = recorder.kept.recordings.find((one) => one.channel === channel);
  const video = recording?.tracks.find(({ type }) => type === 'Video');
  return recording && video ? sectionsOf(recorder.pieces(recording, video, from, to)) : [];
}

/** Results are told in files of at most so long. */
const fileMs = 600_000;

const reads: Record<string, NvrOperation> = {
  '/openapi/added_devices': ({ camera }) => ({
    devices: camera.channels.map(({ name, identity }, at) => ({
      id: String(at + 1),
      name,
      alias: `Channel ${at + 1}`,
      online: '1',
      ip: camera.address.host,
      mac: dashedMac(identity.mac),
    })),
  }),
  '/openapi/resolution'(call) {
    const { width, height } = encoderAsked(call).encoder;
    return { resolution: pixels(width, height) };
  },
  '/openapi/valid_resolutions': (call) => ({
    resolutions: encoderAsked(call).facts.resolutions.map(([width, height]) => ({ resolution: pixels(width, height) })),
  }),
  '/openapi/bitrate'(call) {
    const { bitrateKbps, quality } = encoderAsked(call).encoder;
    // The vendor's spelling.
    return { maximun_bitrate: String(bitrateKbps), type: 'VBR', quality: String(quality) };
  },
  '/openapi/timing_mode': ({ camera }) => ({ mode: camera.state.dateTimeType === 'NTP' ? 'ntp' : 'manual' }),
  '/openapi/ntp'({ camera }) {
    const [server] = ntp.read(camera).manual;
    return { server: server ?? 'time.nist.gov', port: 123 };
  },
  '/openapi/disks'({ camera }) {
    const { sizeGb } = recorderOf(camera).facts;
    return { disks: [{ id: '1', slot: '1', status: 'normal', total_space: `${sizeGb} GB`, free_space: '0 GB' }] };
  },
  '/openapi/esata_disks': () => ({ disks: [] }),
  '/openapi/record/days'(call) {
    const channel = channelOf(call);
    const zoneMs = zoneOffsetMs(call.camera.state.timeZone);
    const from = begin(call.query.get('start'), 6, 'start', zoneMs);
    const last = new Date(begin(call.query.get('end'), 6, 'end', zoneMs) + zoneMs);
    const to = Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1) - zoneMs;
    const days = new Set<string>();
    for (const section of sections(call, channel, from, to))
      for (let at = section.from; at < section.to; at = Math.floor((at + zoneMs) / dayMs + 1) * dayMs - zoneMs)
        days.add(new Date(at + zoneMs).toISOString().slice(0, 10).replaceAll('-', ''));
    return { days: [...days].map((day) => ({ day })) };
  },
  '/openapi/record/search/free_process': () => ({ process: 1 }),
  '/openapi/record/search/results'(call) {
    const channel = channelOf(call);
    number(call.query, 'process', 1, 999);
    const from = begin(call.query.get('day'), 8, 'day', zoneOffsetMs(call.camera.state.timeZone));
    const first = number(call.query, 'start_index', 0, 99_999);
    const last = number(call.query, 'end_index', first, 99_999);
    const files = sections(call, channel, from, from + dayMs).flatMap((section) => {
      const parts: { start_time: string; end_time: string }[] = [];
      for (let at = section.from; at < section.to; ) {
        const end = Math.min(section.to, (Math.floor(at / fileMs) + 1) * fileMs);
        parts.push({ start_time: String(Math.floor(at / 1000)), end_time: String(Math.floor(end / 1000)) });
        at = end;
      }
      return parts;
    });
    return { results: files.slice(first, last + 1) };
  },
};

const writes: Record<string, NvrOperation> = {
  'POST /openapi/resolution'(call) {
    const { encoder, facts } = encoderNamed(call);
    const wanted = taken(call.body, 'resolution', z.string());
    const size = facts.resolutions.find(([width, height]) => pixels(width, height) === wanted);
    if (!size)
      throw wrongParameter(`resolution is one of ${facts.resolutions.map((one) => pixels(...one)).join(', ')}`);
    [encoder.width, encoder.height] = size;
    call.camera.save();
    return {};
  },
  'POST /openapi/bitrate'(call) {
    const { encoder, facts } = encoderNamed(call);
    const [least, most] = facts.bitrateRange;
    encoder.bitrateKbps = taken(call.body, 'maximun_bitrate', z.coerce.number().int().min(least).max(most));
    call.camera.save();
    return {};
  },
  'PUT /openapi/timing_mode'({ camera, body }) {
    const ntpMode = taken(body, 'mode', z.enum(['ntp', 'manual'])) === 'ntp';
    camera.state.dateTimeType = ntpMode ? 'NTP' : 'Manual';
    if (ntpMode) camera.state.clockOffsetMs = 0;
    camera.save();
    return {};
  },
  'POST /openapi/systemctl'({ camera, body }) {
    taken(body, 'action', z.enum(['reboot']));
    camera.reboot();
    return {};
  },
};

/** The operation of a method and path; undefined when a recorder has none. */
export const nvrOperation = (method: string, path: string): NvrOperation | undefined =>
  method === 'GET'
    ? Object.hasOwn(reads, path)
      ? reads[path]
      : undefined
    : Object.hasOwn(writes, `${method} ${path}`)
      ? writes[`${method} ${path}`]
      : undefined;
