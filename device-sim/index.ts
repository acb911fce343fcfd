export { type Fleet, startFleet } from './fleet.ts';
export type { FleetCamera, TriggerHow } from './fleet-camera.ts';
export type { CameraWish, FleetConfig, Traffic } from './plan.ts';
export type { ReadyCamera, ReadyLine } from './ready.ts';
export type { Played, RunningScenario } from './scenario/run-scenario.ts';
export { parseScenario, readScenario, type Scenario } from './scenario/scenario-file.ts';
