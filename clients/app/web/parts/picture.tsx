import { useEffect, useRef, useState } from 'react';
import { vmsFetch } from '../api/vms.ts';

/** A still picture, asked for anew every `everyMs` while it is on the screen. */
export function Snapshot({
  gatewayId,
  cameraId,
  alt,
  everyMs,
}: {
  gatewayId: string;
  cameraId: string;
  alt: string;
  everyMs: number;
}) {
  const [url, setUrl] = useState('');
  const [failed, setFailed] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    let visible = true;
    let last = '';
    const watcher = new IntersectionObserver(([entry]) => {
      visible = entry?.isIntersecting ?? true;
    });
    if (frame.current) watcher.observe(frame.current);
    void (async () => {
      while (!stop.signal.aborted) {
        if (visible && !document.hidden) {
          try {
            const answer = await vmsFetch(gatewayId, `/api/v1/cameras/${cameraId}/snapshot`, { signal: stop.signal });
            const next = URL.createObjectURL(await answer.blob());
            if (last) URL.revokeObjectURL(last);
            last = next;
            setUrl(next);
            setFailed(false);
          } catch {
            if (!stop.signal.aborted) setFailed(true);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    })();
    return () => {
      stop.abort();
      watcher.disconnect();
      if (last) URL.revokeObjectURL(last);
    };
  }, [gatewayId, cameraId, everyMs]);
  return (
    <div ref={frame} className="picture">
      {url && <img src={url} alt={alt} />}
      {!url && <span className="quiet">{failed ? 'No picture' : 'Loading …'}</span>}
    </div>
  );
}
