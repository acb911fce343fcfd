import type { Camera, CameraState, VideoEncoderState } from '../camera.ts';
import { type Figure, figureByChance, figures } from '../motion/figure.ts';
import { imaging } from '../onvif/imaging-state.ts';
import { masks } from '../onvif/mask.ts';
import { shownTexts } from '../onvif/osd.ts';
import { walkPoses } from './movers.ts';
import type { Mover, Shown } from './picture.ts';
import { hueStep, type PictureLibrary } from './picture-library.ts';
import { lightAt, type View } from './scenery.ts';
import type { Tone } from './tone.ts';

/** What of a camera the picture tells. */
export type Filmed = Pick<Camera, 'name' | 'profile' | 'identity' | 'clock' | 'state' | 'scene' | 'clip'>;

/**
 * What moves goes on in steps of this time: twelve and a half a second look fluent, and each of them is a picture that is
 * coded once and comes again with the next who walks by.
 */
const stepMs = 80;

/** How each of them crosses the picture: in how many steps, after which it turns; with how many cycles of its legs. */
const gaits: Record<Figure, { steps: number; cycles: number; tall: number; foot: number; shape: number }> = {
  Human: { steps: 112, cycles: 10, tall: 0.34, foot: 0.87, shape: 0.5 },
  Vehicle: { steps: 62, cycles: 0, tall: 0.17, foot: 0.885, shape: 2.5 },
  Animal: { steps: 88, cycles: 18, tall: 0.14, foot: 0.88, shape: 1.5 },
};

/** Degrees a lens at rest sees across; a full turn passes all places. */
const fieldOfView = 90;
/** Degrees a picture's height spans. */
const heightOfView = 52;

/** Offset of a POSIX TZ text to UTC in milliseconds, summer time left out; 0 when it is none. */
export function zoneOffsetMs(posix: string): number {
  const match = /^(?:[A-Za-z]{3,}|<[^>]+>)([+-]?)(\d{1,2})(?::(\d{2}))?/.exec(posix);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (match[1] === '-' ? minutes : -minutes) * 60_000 || 0;
}

const signed = (degrees: number) => `${degrees < 0 ? '-' : '+'}${Math.abs(degrees).toFixed(1)}`;

/** Which backdrop the camera looks at, `at` by its own clock. Steps are coarse, so that looking about redraws seldom. */
export function viewOf({ identity, profile, state, scene }: Filmed, at: number): View {
  const local = at + zoneOffsetMs(state.timeZone);
  const { pan, tilt, zoom } = scene.ptz;
  return {
    place: profile.scene,
    light: lightAt(new Date(local).getUTCHours()),
    hue: (Math.round(identity.hue / hueStep) * hueStep) % 360,
    x: Math.round(pan * 2) / 2 / fieldOfView,
    y: Math.round(Math.max(-45, Math.min(45, tilt)) * 2) / 2 / heightOfView,
    magnification: 1 + Math.round(Math.max(0, Math.min(1, zoom)) * 40) / 20,
    ...toneOf(state),
    ...masksOf(state),
    labels: labelsOf({ state, profile }, at),
  };
}

/** Texts that are set to a place of their own; undefined when there are none. They tell the time by the second. */
export function labelsOf(camera: Pick<Filmed, 'state' | 'profile'>, at: number): View['labels'] {
  const { placed } = shownTexts(camera, at + zoneOffsetMs(camera.state.timeZone));
  if (placed.length === 0) return undefined;
  return placed.map(({ text, x, y, size }) => ({
    text,
    x: (x + 1) / 2,
    y: (1 - y) / 2,
    ...(size === undefined ? {} : { size }),
  }));
}

/** What Imaging has set. Without its infra-red filter a camera sees no colours. */
function toneOf(state: CameraState): Pick<View, 'tone'> {
  const { brightness, contrast, saturation, irCutFilter } = imaging.read({ state });
  const tone: Tone = { brightness, contrast, saturation: irCutFilter === 'OFF' ? 0 : saturation };
  const changed = Object.values(tone).some((value) => value !== 50);
  return changed ? { tone } : {};
}

/** Masks in force, in shares of the picture from its left top. */
function masksOf(state: CameraState): Pick<View, 'masks'> {
  const enabled = masks.read({ state }).filter((mask) => mask.enabled);
  if (enabled.length === 0) return {};
  return {
    masks: enabled.map(({ polygon, color }) => ({
      corners: polygon.map(({ x, y }) => [(x + 1) / 2, (1 - y) / 2] as const),
      y: Math.round(Math.min(235, Math.max(16, color.y))),
      u: Math.round(color.cb),
      v: Math.round(color.cr),
    })),
  };
}

/** Everything one picture shows that is taken `at` this time of the camera's own clock. */
export function shownOf(
  camera: Filmed,
  at: number,
  encoder: Pick<VideoEncoderState, 'width' | 'height' | 'fps'>,
  frame: number,
  view: View,
  library: PictureLibrary,
): Shown {
  const { name, profile, state, scene } = camera;
  const { width, height, fps } = encoder;
  const { pan, tilt, zoom } = scene.ptz;
  const looking = profile.ptz ? `P${signed(pan)} T${signed(tilt)} Z${zoom.toFixed(2)}` : '';
  const movement = movementOf(camera, at);
  const number = String(frame % 1_000_000).padStart(6, '0');
  const osd = shownTexts({ state, profile }, at + zoneOffsetMs(state.timeZone));
  const line = (...texts: string[]) => texts.filter(Boolean).join('  ');
  // Still pictures of a clip are drawn: the film is sent as it is, and nobody here can decode it.
  const low = camera.clip ? [`drawn still; the stream plays ${camera.clip.name}`] : [looking, ...osd.LowerLeft];
  return {
    view,
    lines: [
      { left: line(name, ...osd.UpperLeft), right: line(...osd.UpperRight) },
      { left: line(...low), right: line(...osd.LowerRight, `${width}x${height}@${fps} #${number}`) },
    ],
    ...(movement ? { mover: moverOf(movement, view.hue, width, height, library) } : {}),
  };
}

/** Something moving before the lens, in shares of the picture's width and height. */
export interface Movement {
  readonly kind: Figure;
  /** Rises with each thing that comes. */
  readonly id: number;
  readonly toLeft: boolean;
  /** Steps since it entered on this side. */
  readonly step: number;
  /** Way across the picture, 0…1. */
  readonly along: number;
  /** Of the picture's height. */
  readonly tall: number;
  readonly foot: number;
  /** Width by height. */
  readonly shape: number;
}

/** Room between the picture's edge and the end of a walk. */
const margin = 0.04;

/** Somebody walks to and fro while there is motion, or a car drives, or a dog runs. */
export function movementOf({ state, scene }: Pick<Filmed, 'state' | 'scene'>, at: number): Movement | undefined {
  if (!scene.motion) return undefined;
  const sinceMs = Math.max(0, at - state.clockOffsetMs - scene.motionSince);
  const id = Math.floor(scene.motionSince / 1000);
  const kind = scene.figure ?? figureByChance(scene.motionSince);
  const { steps, tall, foot, shape } = gaits[kind];
  const taken = Math.floor(sinceMs / stepMs);
  const step = taken % steps;
  const toLeft = Math.floor(taken / steps) % 2 === 1;
  const along = toLeft ? 1 - step / steps : step / steps;
  return { kind, id, toLeft, step, along, tall, foot, shape };
}

/** Where it is: left, top, right, bottom in shares of the picture, whose width is `aspect` times its height. */
export function boxOf({ along, tall, foot, shape }: Movement, aspect: number): [number, number, number, number] {
  const wide = (tall * shape) / aspect;
  // It is inside the picture from the first moment on, so that whoever looks for motion has it at once.
  const left = margin + (1 - 2 * margin - wide) * along;
  return [left, foot - tall, left + wide, foot];
}

function moverOf(movement: Movement, hue: number, width: number, height: number, library: PictureLibrary): Mover {
  const { kind, step, toLeft, tall } = movement;
  const even = (value: number) => Math.round(value / 2) * 2;
  const { steps, cycles } = gaits[kind];
  const poses = library.figure(kind, even(height * tall), hue, toLeft);
  // A whole number of cycles fits a crossing.
  const sprite = poses[Math.floor((step * cycles * walkPoses) / steps) % poses.length]!;
  const [left, top] = boxOf(movement, width / height);
  return {
    sprite,
    x: even(left * width),
    y: even(top * height),
    key: (step * figures.length + figures.indexOf(kind)) * 2 + (toLeft ? 1 : 0),
  };
}
