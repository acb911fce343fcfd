import { useEffect, useRef, useState } from 'react';
import { vmsFetch } from '../api/vms.ts';
import { Snapshot } from './picture.tsx';

/** iPhones have the managed kind only. */
const sourceKind = (): typeof MediaSource | undefined =>
  (window as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource ?? window.MediaSource;
const keptSeconds = 20;
const behindSeconds = 1.5;

/** Feed one live answer into a video element until the signal fires or it ends. Throws when it cannot be played. */
async function play(video: HTMLVideoElement, gatewayId: string, cameraId: string, signal: AbortSignal): Promise<void> {
  const Source = sourceKind();
  if (!Source) throw new Error('no media source here');
  const answer = await vmsFetch(gatewayId, `/api/v1/cameras/${cameraId}/live?stream=sub`, { signal });
  const type = answer.headers.get('content-type') ?? '';
  if (!Source.isTypeSupported(type)) throw new Error(`${type} is not played here`);
  const source = new Source();
  const url = URL.createObjectURL(source);
  video.disableRemotePlayback = true;
  video.src = url;
  try {
    await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
    const buffer = source.addSourceBuffer(type);
    const done = () =>
      new Promise<void>((resolve, reject) => {
        buffer.addEventListener('updateend', () => resolve(), { once: true });
        buffer.addEventListener('error', () => reject(new Error('the picture cannot be decoded')), { once: true });
      });
    const reader = answer.body!.getReader();
    for (;;) {
      const { done: over, value } = await reader.read();
      if (over || signal.aborted) return;
      const appended = done();
      buffer.appendBuffer(value as Uint8Array<ArrayBuffer>);
      await appended;
      if (video.error) throw new Error(video.error.message);
      const { buffered } = buffer;
      if (buffered.length === 0) continue;
      const end = buffered.end(buffered.length - 1);
      // A phone that slept, or a slow network: go on where the picture is now.
      if (end - video.currentTime > behindSeconds || video.currentTime < buffered.start(0))
        video.currentTime = Math.max(buffered.start(0), end - 0.3);
      if (video.paused) void video.play().catch(() => undefined);
      if (end - buffered.start(0) > keptSeconds * 2 && !buffer.updating) {
        const removed = done();
        buffer.remove(0, end - keptSeconds);
        await removed;
      }
    }
  } finally {
    URL.revokeObjectURL(url);
    video.removeAttribute('src');
  }
}

/** The live picture: video where this browser plays it, else a still picture every second. */
export function LiveVideo({ gatewayId, cameraId, name }: { gatewayId: string; cameraId: string; name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [how, setHow] = useState<'starting' | 'video' | 'stills'>('starting');
  const stills = how === 'stills';
  useEffect(() => {
    if (stills) return;
    const stop = new AbortController();
    const element = video.current!;
    const shown = () => setHow('video');
    element.addEventListener('timeupdate', shown, { once: true });
    void (async () => {
      let tries = 0;
      while (!stop.signal.aborted) {
        try {
          await play(element, gatewayId, cameraId, stop.signal);
        } catch {
          tries += 1;
        }
        if (stop.signal.aborted) return;
        if (tries >= 2) return setHow('stills');
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    })();
    return () => {
      stop.abort();
      element.removeEventListener('timeupdate', shown);
    };
  }, [gatewayId, cameraId, stills]);

  if (stills)
    return (
      <figure className="live">
        <Snapshot gatewayId={gatewayId} cameraId={cameraId} alt={`${name}, now`} everyMs={1000} />
        <figcaption>Still pictures, one a second</figcaption>
      </figure>
    );
  return (
    <figure className="live">
      <video ref={video} muted playsInline autoPlay aria-label={`${name}, live`} />
      <figcaption>{how === 'video' ? 'Live' : 'Connecting …'}</figcaption>
    </figure>
  );
}
