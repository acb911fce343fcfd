import { z } from 'zod';
import { ptzSettings } from '../onvif/media/ptz.ts';
import type { PtzHead } from '../onvif/ptz-head.ts';
import { dropPreset, keepPreset, maxPresets, positionOf, presets } from '../onvif/ptz-presets.ts';
import type { SimCamera } from '../sim-camera.ts';
import { OpenApiError, openApiCode } from './codes.ts';
import { type Method, type MethodContext, type Params, take, takeOptional } from './method.ts';

const share = z.coerce.number().min(-1).max(1);
const presetId = z.coerce.number().int().min(1).max(maxPresets).transform(String);
/** A step of full size, as a share of the way from the middle to the end. Chosen: the document gives no degrees. */
const step = { x: 30 / 170, y: 20 / 45 };
/** Cruising ends by itself at the latest then. */
const longestCruiseMs = 600_000;

function headOf({ head }: MethodContext): PtzHead {
  if (!head) throw new OpenApiError(openApiCode.methodUnknown);
  return head;
}

const coordinates = (params: Params) => ({ x: take(params, 'x_coord', share), y: take(params, 'y_coord', share) });

/** The motor stands at its end and is told to go on. */
function refuseStalled(camera: SimCamera, { position }: PtzHead, towards: { x: number; y: number }) {
  const { limits } = ptzSettings.read(camera);
  const stalled = (at: number, by: number, [least, most]: [number, number]) =>
    by === 0 || (by > 0 ? at >= most : at <= least);
  const still = towards.x === 0 && towards.y === 0;
  if (!still && stalled(position.x, towards.x, limits.x) && stalled(position.y, towards.y, limits.y))
    throw new OpenApiError(openApiCode.motorStalled);
}

/** Turning and presets: the same head, and the same presets, as over ONVIF. */
export const ptzMethods: Record<string, Method> = {
  motorMove(context, params) {
    const head = headOf(context);
    const by = coordinates(params);
    refuseStalled(context.camera, head, by);
    const { x, y } = head.position;
    head.moveTo({ x: x + by.x * step.x, y: y + by.y * step.y }, ptzSettings.read(context.camera).speed);
    return {};
  },
  cruiseMove(context, params) {
    const head = headOf(context);
    const by = coordinates(params);
    refuseStalled(context.camera, head, by);
    head.drive(by, longestCruiseMs);
    return {};
  },
  stopMove(context) {
    headOf(context).stop(true, true);
    return {};
  },
  getPresetPoint: ({ camera }) => ({
    preset: presets.read(camera).map(({ token, name }) => ({ id: token, name })),
  }),
  setPresetPoint(context, params) {
    const { camera } = context;
    const token = take(params, 'id', presetId);
    const name = takeOptional(params, 'name', z.string().min(1).max(64)) ?? `Preset ${token}`;
    keepPreset(camera, { token, name, ...headOf(context).position });
    return { id: token };
  },
  removePresetPoint({ camera }, params) {
    dropPreset(camera, need(camera, params).token);
    return {};
  },
  gotoPresetPoint(context, params) {
    const { camera } = context;
    headOf(context).moveTo(positionOf(camera, need(camera, params)), ptzSettings.read(camera).speed);
    return {};
  },
};

function need(camera: SimCamera, params: Params) {
  const id = take(params, 'id', presetId);
  const preset = presets.read(camera).find(({ token }) => token === id);
  if (!preset) throw new OpenApiError(openApiCode.parameter);
  return preset;
}
