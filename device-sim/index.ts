export { type Fleet, startFleet } from './fleet.ts';
export type { FleetCamera, TriggerHow } from './fleet-camera.ts';
export type { CameraWish, FleetConfig, Traffic } from './plan.ts';
export type { ReadyCamera, ReadyLine } from './ready.ts';
