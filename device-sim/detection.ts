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

/** What the vendor's OpenAPI calls the kinds: the middle of `get…DetectionSwitch`, and the name in `subscribeMsg`. */
export const openApiNames: Record<string, { detection: string; event: string }> = {
  motion: { detection: 'Motion', event: 'MotionDetection' },
  tamper: { detection: 'Tamper', event: 'TamperDetection' },
  'line-cross': { detection: 'Crossline', event: 'CrossLineDetection' },
  intrusion: { detection: 'Invasion', event: 'InvasionDetection' },
  'area-entry': { detection: 'AreaEntry', event: 'AreaEntryDetection' },
  'area-leave': { detection: 'AreaLeave', event: 'AreaLeaveDetection' },
  people: { detection: 'People', event: 'PeopleDetection' },
  vehicle: { detection: 'Vehicle', event: 'VehicleDetection' },
  'drop-and-take': { detection: 'DropAndTake', event: 'DropAndTakeDetection' },
  loiter: { detection: 'Loiter', event: 'LoiterDetection' },
  'scene-change': { detection: 'SceneChange', event: 'SceneChangeDetection' },
  audio: { detection: 'AudioAnomaly', event: 'AudioAnomalyDetection' },
};
