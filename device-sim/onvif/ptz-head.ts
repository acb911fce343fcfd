import { startTimer } from '../../core/runtime/clock.ts';
import { AxisMotor, createTicker } from './axis-motor.ts';
import type { OnvifContext } from './behavior.ts';
import { ptzSettings } from './media/ptz.ts';

/** A place in the generic position spaces. */
export interface PtzPosition {
  x: number;
  y: number;
  zoom: number;
}

/** Degrees from the middle to either end, and what full speed covers in a second. Chosen: no source gives them. */
export const panDegrees = 170;
export const tiltDegrees = 45;
const panDegreesPerSecond = 60;
const tiltDegreesPerSecond = 40;
const zoomPerSecond = 0.4;
/** What the widest picture shows, and how much less the longest lens. */
const widePicture = { width: 84, height: 47 };
const longestZoom = 5;

/** The moving head of one camera: it takes time, it shows where it is, it stops at its limits. */
export interface PtzHead extends Disposable {
  readonly position: PtzPosition;
  readonly moving: { panTilt: boolean; zoom: boolean };
  /** Size of the picture in the generic space now: what TranslationSpaceFov counts in (half of it is 1). */
  readonly fieldOfView: { x: number; y: number };
  /** How many commands it was given: a tour whose count is no longer this one was interrupted. */
  readonly commands: number;
  moveTo(target: Partial<PtzPosition>, speed: { panTilt: number; zoom: number }): void;
  /** Speeds from -1 to 1; what is absent keeps on as it is. */
  drive(velocity: Partial<PtzPosition>, timeoutMs: number): void;
  stop(panTilt: boolean, zoom: boolean): void;
}

export function createPtzHead({ camera, deps }: OnvifContext): PtzHead {
  const { clock } = deps;
  const { scene } = camera;
  const { limits } = ptzSettings.read(camera);
  const pan = new AxisMotor(clock, scene.ptz.pan / panDegrees, panDegreesPerSecond / panDegrees, limits.x);
  const tilt = new AxisMotor(clock, scene.ptz.tilt / tiltDegrees, tiltDegreesPerSecond / tiltDegrees, limits.y);
  const zoom = new AxisMotor(clock, scene.ptz.zoom, zoomPerSecond, limits.zoom);
  const stopped = new AbortController();
  let timeout: Disposable | undefined;
  let commands = 0;

  const moving = () => ({ panTilt: pan.moving || tilt.moving, zoom: zoom.moving });
  const show = createTicker(
    clock,
    stopped.signal,
    () => Object.values(moving()).some(Boolean),
    () => {
      scene.ptz.pan = pan.position * panDegrees;
      scene.ptz.tilt = tilt.position * tiltDegrees;
      scene.ptz.zoom = zoom.position;
    },
  );

  function begin() {
    commands += 1;
    timeout?.[Symbol.dispose]();
    timeout = undefined;
    const { limits: now } = ptzSettings.read(camera);
    pan.limit(now.x);
    tilt.limit(now.y);
    zoom.limit(now.zoom);
  }

  function stop(panTilt: boolean, zooming: boolean) {
    if (panTilt) {
      pan.stop();
      tilt.stop();
    }
    if (zooming) zoom.stop();
    void show();
  }

  return {
    get position() {
      return { x: pan.position, y: tilt.position, zoom: zoom.position };
    },
    get moving() {
      return moving();
    },
    get commands() {
      return commands;
    },
    get fieldOfView() {
      const factor = 1 + zoom.position * (longestZoom - 1);
      return { x: widePicture.width / factor / panDegrees, y: widePicture.height / factor / tiltDegrees };
    },
    moveTo(target, speed) {
      begin();
      // Both axes arrive together, as a real head moves: the shorter way goes slower.
      const panTime = Math.abs((target.x ?? pan.position) - pan.position) * panDegrees * (1 / panDegreesPerSecond);
      const tiltTime = Math.abs((target.y ?? tilt.position) - tilt.position) * tiltDegrees * (1 / tiltDegreesPerSecond);
      const longest = Math.max(panTime, tiltTime);
      if (target.x !== undefined) pan.moveTo(target.x, (speed.panTilt * panTime) / (longest || 1));
      if (target.y !== undefined) tilt.moveTo(target.y, (speed.panTilt * tiltTime) / (longest || 1));
      if (target.zoom !== undefined) zoom.moveTo(target.zoom, speed.zoom);
      void show();
    },
    drive(velocity, timeoutMs) {
      begin();
      if (velocity.x !== undefined) pan.drive(velocity.x);
      if (velocity.y !== undefined) tilt.drive(velocity.y);
      if (velocity.zoom !== undefined) zoom.drive(velocity.zoom);
      timeout = startTimer(clock, timeoutMs, () => stop(true, true));
      void show();
    },
    stop(panTilt, zooming) {
      commands += 1;
      stop(panTilt, zooming);
    },
    [Symbol.dispose]() {
      timeout?.[Symbol.dispose]();
      stopped.abort();
    },
  };
}
