import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Clock, parseDuration, startTimer } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { Found } from './house.ts';

const cannotWrite = (file: string, error: unknown) =>
  new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);

/** `snapshot`: a still picture into a file. */
export async function saveSnapshot({ vms, camera }: Found, file: string, output: Output): Promise<number> {
  if (!/^\.jpe?g$/i.test(extname(file)))
    throw new UsageError(`a snapshot is a JPEG: name a file that ends in .jpg, not "${file}"`);
  const picture = await vms.snapshot(camera.id);
  await writeFile(file, picture).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
  output.say(
    { type: 'saved', camera: camera.name, file, bytes: picture.length },
    `✓ ${camera.name}: ${file} (${Math.ceil(picture.length / 1024)} KB)`,
  );
  return 0;
}

export interface ClipFlags {
  for: string;
  out: string;
  stream: string;
}

const formats: Record<string, 'mp4' | 'h264'> = { '.mp4': 'mp4', '.h264': 'h264', '.264': 'h264' };

/** `clip`: live video of so many seconds into a file. Exit code 1 when the camera ended it early. */
export async function saveClip(
  { vms, camera }: Found,
  flags: ClipFlags,
  output: Output,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<number> {
  const { format, forMs, stream } = checkClip(flags);
  const stop = new AbortController();
  const whole = AbortSignal.any([signal, stop.signal]);
  const part = `${flags.out}.part`;
  const video = await vms.live(camera.id, { stream, format, signal: whole });
  const target = createWriteStream(part);
  const written = finished(target).catch((error: unknown) => {
    throw cannotWrite(flags.out, error);
  });
  written.catch(() => stop.abort());
  let sizeBytes = 0;
  let over = false;
  output.note(`${camera.name}: recording ${forMs / 1000} s …`);
  using _end = startTimer(clock, forMs, () => {
    over = true;
    stop.abort();
  });
  try {
    for await (const chunk of video) {
      sizeBytes += chunk.length;
      if (!target.write(chunk)) await new Promise<void>((resolve) => target.once('drain', () => resolve()));
    }
  } catch (error) {
    if (!whole.aborted && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  target.end();
  try {
    await written;
    if (sizeBytes === 0) throw new UsageError(`${camera.name} sent no video`);
    await rename(part, flags.out);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  const early = !over && !signal.aborted;
  output.say(
    { type: 'saved', camera: camera.name, file: flags.out, bytes: sizeBytes, early },
    `${early ? '✗' : '✓'} ${camera.name}: ${flags.out} (${Math.ceil(sizeBytes / 1024)} KB)${early ? '; the camera ended the video early' : ''}`,
  );
  return early ? 1 : 0;
}

/** What a clip is to be, before anybody is asked for it. */
export function checkClip({ for: duration, out, stream }: ClipFlags) {
  const format = formats[extname(out).toLowerCase()];
  if (!format) throw new UsageError(`a clip is .mp4 or .h264: name such a file, not "${out}"`);
  let forMs: number;
  try {
    forMs = parseDuration(/^\d+(\.\d+)?$/.test(duration) ? `${duration}s` : duration);
  } catch (error) {
    throw new UsageError(`--for: ${(error as Error).message}`);
  }
  if (!(forMs >= 100 && forMs <= 3_600_000))
    throw new UsageError(`--for "${duration}" will not do: between 100ms and 1h`);
  if (stream !== 'main' && stream !== 'sub') throw new UsageError(`--stream "${stream}" will not do: main or sub`);
  return { format, forMs, stream } as const;
}
