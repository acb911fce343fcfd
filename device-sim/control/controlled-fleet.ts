import type { FleetCamera } from '../fleet-camera.ts';
import type { Traffic } from '../plan.ts';
import type { ScenarioBoard } from '../scenario/scenario-board.ts';

/** What the control API needs of the fleet. */
export interface ControlledFleet {
  readonly cameras: readonly FleetCamera[];
  camera(name: string): FleetCamera;
  setTraffic(name: string, level: Traffic): void;
  readonly scenarios: ScenarioBoard;
}
