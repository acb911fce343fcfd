import { Loader, Text } from '@mantine/core';
import { useDocumentVisibility, useInViewport } from '@mantine/hooks';
import { IconCameraOff, IconPhotoOff, IconPlugConnectedX } from '@tabler/icons-react';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { ApiError, fetchSnapshot } from '../api/call.ts';
import { isSessionOver } from '../api/queries.ts';
import { clockTime } from '../parts/time-text.ts';
import { useClock } from '../runtime/clock-context.tsx';
import type { Camera } from '../wire.ts';
import { stateFacts } from './camera-state.tsx';
import classes from './devices.module.css';
import { createSnapshots, type Snapshots } from './snapshots.ts';

const SnapshotsContext = createContext<Snapshots<ImageBitmap> | undefined>(undefined);

export function SnapshotsProvider({ children }: { children: ReactNode }) {
  const clock = useClock();
  const [snapshots] = useState(() =>
    createSnapshots({
      clock,
      fetch: async (cameraId, signal) => createImageBitmap(await fetchSnapshot(cameraId, signal)),
      isFinal: (error) => isSessionOver(error) || offersNone(error),
    }),
  );
  return <SnapshotsContext.Provider value={snapshots}>{children}</SnapshotsContext.Provider>;
}

const offersNone = (error: unknown) => error instanceof ApiError && error.code === 'snapshot_unsupported';

interface SnapshotProps {
  camera: Camera;
  /** Draw at most this wide; the card needs less than the drawer. */
  maxWidth?: number;
  children?: ReactNode;
}

const reached = (camera: Camera) => camera.state === 'online' || camera.state === 'degraded';

/**
 * The camera's picture, about one a second while it can be seen. Drawn on a canvas: no flicker between two pictures, no
 * object URL to give back, and the answer's status is known, which an `img` does not tell.
 */
export function Snapshot({ camera, maxWidth = 960, children }: SnapshotProps) {
  const snapshots = useContext(SnapshotsContext);
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const visible = useDocumentVisibility() === 'visible' && inViewport;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shownAt, setShownAt] = useState<number>();
  const [fault, setFault] = useState<unknown>();
  const asked = reached(camera) && !offersNone(fault);

  useEffect(() => {
    if (!snapshots || !visible || !asked) return;
    const watch = snapshots.watch(camera.id, {
      picture(bitmap, at) {
        draw(canvas.current, bitmap, maxWidth);
        bitmap.close();
        setShownAt(at);
        setFault(undefined);
      },
      failed: setFault,
    });
    return () => watch[Symbol.dispose]();
  }, [snapshots, visible, asked, camera.id, maxWidth]);

  // A camera that comes back may have learnt to give stills (new firmware, other account): ask once more.
  const previousState = useRef(camera.state);
  useEffect(() => {
    if (previousState.current !== camera.state && camera.state === 'online') setFault(undefined);
    previousState.current = camera.state;
  }, [camera.state]);

  const stale = shownAt !== undefined && (!reached(camera) || fault !== undefined);
  return (
    <div ref={ref} className={classes.picture} data-stale={stale || undefined}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={shownAt === undefined ? `${camera.name}: no picture` : `Picture of ${camera.name}`}
        hidden={shownAt === undefined}
        data-live={shownAt !== undefined && !stale}
      />
      {shownAt === undefined && <NoPicture camera={camera} fault={fault} />}
      {stale && <span className={classes.staleNote}>Last picture {clockTime(shownAt)}</span>}
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
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
}

function NoPicture({ camera, fault }: { camera: Camera; fault: unknown }) {
  const [Icon, text] = offersNone(fault)
    ? ([IconCameraOff, 'This camera offers no still pictures'] as const)
    : !reached(camera)
      ? camera.state === 'connecting'
        ? ([undefined, 'Connecting'] as const)
        : ([IconPlugConnectedX, `No picture: ${stateFacts[camera.state].label.toLowerCase()}`] as const)
      : fault !== undefined
        ? ([IconPhotoOff, 'No picture right now, trying again'] as const)
        : ([undefined, 'Waiting for the picture'] as const);
  return (
    <div className={classes.noPicture}>
      {Icon ? <Icon size={28} stroke={1.5} aria-hidden /> : <Loader size="sm" color="gray" aria-hidden />}
      <Text size="xs" inherit>
        {text}
      </Text>
    </div>
  );
}
