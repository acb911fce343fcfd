import { z } from 'zod';
import type { CameraState } from './camera.ts';

/** One detection of a camera as its settings page has it. */
export interface Detection {
  enabled: boolean;
  /** 0..100. */
  sensitivity: number;
}

const stateKey = 'detection';
const kept = z.record(z.string(), z.object({ enabled: z.boolean(), sensitivity: z.number() }));
const fresh: Detection = { enabled: true, sensitivity: 50 };

const all = (state: CameraState) => kept.safeParse(state.extra[stateKey]).data ?? {};

/** Detections are all on when a camera leaves the factory of this simulator, so that every trigger is seen. */
export const detectionOf = (state: CameraState, kind: string): Detection => all(state)[kind] ?? fresh;

export function setDetection(state: CameraState, kind: string, change: Partial<Detection>): void {
  state.extra[stateKey] = { ...all(state), [kind]: { ...detectionOf(state, kind), ...change } };
}
