import type { FleetCamera } from '../fleet-camera.ts';
import { stateOf } from '../ready.ts';

/** One camera as the list shows it: nothing secret. */
export const summary = (one: FleetCamera) => {
  const { identity, profile, state, address, active, kinds } = one.camera;
  return {
    name: one.name,
    model: profile.model,
    deviceName: state.deviceName,
    serial: identity.serial,
    mac: identity.mac,
    address: { host: address.host, ...address.ports },
    ptz: profile.ptz,
    state: stateOf(one.camera),
    powered: one.powered,
    connected: one.connected,
    linked: one.linked,
    connections: one.connections,
    viewers: one.viewers,
    subscriptions: one.subscriptions,
    faults: one.faults.list().length,
    traffic: one.traffic,
    bootCount: state.bootCount,
    clockOffsetMs: state.clockOffsetMs,
    kinds,
    active: [...active],
  };
};
export type CameraSummary = ReturnType<typeof summary>;
