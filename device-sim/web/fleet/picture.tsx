import { Loader } from '@mantine/core';
import { useDocumentVisibility, useInViewport } from '@mantine/hooks';
import { IconBolt, IconPhotoOff } from '@tabler/icons-react';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { fetchPicture } from '../api/call.ts';
import { useClock } from '../runtime/clock-context.tsx';
import type { Camera } from '../wire.ts';
import classes from './fleet.module.css';
import { createPictures, type Pictures } from './pictures.ts';

const PicturesContext = createContext<Pictures<ImageBitmap> | undefined>(undefined);

export function PicturesProvider({ children }: { children: ReactNode }) {
  const clock = useClock();
  const [pictures] = useState(() =>
    createPictures({
      clock,
      fetch: async ({ camera, stream }, signal) => createImageBitmap(await fetchPicture(camera, stream, signal)),
    }),
  );
  return <PicturesContext.Provider value={pictures}>{children}</PicturesContext.Provider>;
}

interface PictureProps {
  camera: Camera;
  stream?: 'main' | 'sub';
  everyMs?: number;
  /** Draw at most this wide. */
  maxWidth?: number;
  children?: ReactNode;
}

/**
 * What the camera shows, asked for only while it can be seen. Drawn on a canvas: no flicker between two pictures, and
 * no object URL to give back.
 */
export function Picture({ camera, stream = 'sub', everyMs = 1000, maxWidth = 640, children }: PictureProps) {
  const pictures = useContext(PicturesContext);
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const visible = useDocumentVisibility() === 'visible' && inViewport;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState(false);
  const [failed, setFailed] = useState(false);
  const { name, powered } = camera;

  useEffect(() => {
    if (!pictures || !visible || !powered) return;
    const watch = pictures.watch(
      { camera: name, stream, everyMs },
      {
        picture(bitmap) {
          draw(canvas.current, bitmap, maxWidth);
          bitmap.close();
          setShown(true);
          setFailed(false);
        },
        failed: () => setFailed(true),
      },
    );
    return () => watch[Symbol.dispose]();
  }, [pictures, visible, powered, name, stream, everyMs, maxWidth]);

  return (
    <div ref={ref} className={classes.picture} data-stale={!powered || failed || undefined}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={shown && powered ? `Picture of ${name}` : `${name}: no picture`}
        hidden={!shown}
        data-live={shown && powered && !failed}
      />
      {(!shown || !powered) && <NoPicture powered={powered} failed={failed} />}
      {children}
    </div>
  );
}

function draw(canvas: HTMLCanvasElement | null, bitmap: ImageBitmap, maxWidth: number) {
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return;
  const width = Math.min(bitmap.width, maxWidth);
  const height = Math.round((bitmap.height * width) / bitmap.width);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.imageSmoothingQuality = 'medium';
  context.drawImage(bitmap, 0, 0, width, height);
}

function NoPicture({ powered, failed }: { powered: boolean; failed: boolean }) {
  const [Icon, text] = !powered
    ? ([IconBolt, 'No power'] as const)
    : failed
      ? ([IconPhotoOff, 'No picture right now, trying again'] as const)
      : ([undefined, 'Waiting for the picture'] as const);
  return (
    <div className={classes.noPicture}>
      {Icon ? <Icon size={26} stroke={1.5} aria-hidden /> : <Loader size="sm" color="gray" aria-hidden />}
      {text}
    </div>
  );
}
