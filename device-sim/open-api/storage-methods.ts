import { z } from 'zod';
import type { Recorder } from '../recording/recorder.ts';
import { sectionsOf } from '../recording/span.ts';
import type { SimCamera } from '../sim-camera.ts';
import { OpenApiError, openApiCode } from './codes.ts';
import { type Method, remembered, take, takeOptional } from './method.ts';

/** Hours of each day, Monday first, as `begin-end` of `HHMM`: all of it, as a camera with a card leaves the shop. */
const schedule = remembered(
  'openApi.recordSchedule',
  Array.from({ length: 7 }, () => ['0000-2400']),
);
const hours = z.array(z.array(z.string().regex(/^([01]\d|2[0-4])[0-5]\d-([01]\d|2[0-4])[0-5]\d$/)).max(10)).length(7);

const day = z.string().regex(/^\d{8}$/);
const dayMs = 86_400_000;
const mostListed = 100;

function cardOf({ recorder }: SimCamera): Recorder {
  if (!recorder) throw new OpenApiError(openApiCode.noStorage);
  return recorder;
}

/** What is on the card between two instants of the camera's clock. */
function sections(recorder: Recorder, from: number, to: number) {
  const recording = recorder.kept.recordings[0];
  const track = recording?.tracks.find(({ type }) => type === 'Video');
  return recording && track ? sectionsOf(recorder.pieces(recording, track, from, to)) : [];
}

function dayOf(text: string): number {
  const at = Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`);
  if (Number.isNaN(at)) throw new OpenApiError(openApiCode.parameter);
  return at;
}

const seconds = (at: number) => Math.floor(at / 1000);

/** The card: the document names these methods; what stands in the answers beyond that is ours. */
export const storageMethods: Record<string, Method> = {
  getSdCardStatus({ camera }) {
    const { recorder } = camera;
    if (!recorder) return { status: 'uninitialized', total_space: '0B', free_space: '0B' };
    // The card is written in a circle: what is free is what the oldest file gives up next.
    return { status: 'normal', total_space: `${recorder.facts.sizeGb}GB`, free_space: '0B', write_mode: 'circular' };
  },
  formatSdCard({ camera }) {
    cardOf(camera);
    // Footage before the first start is made up as it is asked for: there is nothing that could be wiped.
    throw new OpenApiError(openApiCode.directiveUnsupported);
  },
  getRecordSchedule({ camera }) {
    cardOf(camera);
    return { schedule: schedule.read(camera) };
  },
  setRecordSchedule({ camera }, params) {
    cardOf(camera);
    schedule.write(camera, take(params, 'schedule', hours));
    return {};
  },
  searchVideoCalendar({ camera }, params) {
    const recorder = cardOf(camera);
    const month = take(params, 'month', z.string().regex(/^\d{6}$/));
    const first = dayOf(`${month}01`);
    const last = new Date(first);
    last.setUTCMonth(last.getUTCMonth() + 1);
    const days: string[] = [];
    for (let at = first; at < last.getTime(); at += dayMs)
      if (sections(recorder, at, at + dayMs).length > 0) days.push(String(new Date(at).getUTCDate()).padStart(2, '0'));
    return { days };
  },
  searchVideoList({ camera }, params) {
    const recorder = cardOf(camera);
    const begin = dayOf(take(params, 'date', day));
    const from = takeOptional(params, 'start_index', z.coerce.number().int().min(0)) ?? 0;
    const found = sections(recorder, begin, begin + dayMs);
    return {
      total: found.length,
      videos: found
        .slice(from, from + mostListed)
        .map(({ from: at, to }) => ({ start_time: seconds(at), end_time: seconds(to) })),
    };
  },
  getMediaList({ camera }) {
    const recorder = cardOf(camera);
    const all = sections(recorder, 0, camera.clock.now());
    return {
      media: all.slice(-mostListed).map(({ from, to }) => ({ start_time: seconds(from), end_time: seconds(to) })),
    };
  },
};
