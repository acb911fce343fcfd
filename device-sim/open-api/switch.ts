import type { SimCamera } from '../sim-camera.ts';

const stateKey = 'openApi';

/** Is the OpenAPI port open? Off by default on VIGI cameras, and never there on others. */
export function openApiEnabled(camera: SimCamera): boolean {
  if (!camera.profile.openApi) return false;
  const kept = camera.state.extra[stateKey];
  return typeof kept === 'boolean' ? kept : !camera.quirk('openapi-off');
}

/** Whoever keeps the camera's ports follows with `save()`. */
export function setOpenApi(camera: SimCamera, enabled: boolean): void {
  camera.state.extra[stateKey] = enabled;
}
