import type { Received } from '../camera.ts';
import type { CameraSummary } from '../control/summary.ts';
import type { CameraLabel } from '../label.ts';
import type { ReadyCamera } from '../ready.ts';
import type { ScenarioRun } from '../scenario/scenario-board.ts';

/** What the control API answers, as these pages read it. */
export type Camera = CameraSummary;
export type { CameraLabel, Received, ScenarioRun };

export interface Access extends ReadyCamera {
  /** What the QR on the label says. */
  label: string;
  maker: string;
  marketName: string;
  firmware: string;
}

export type ReceivedDetail = Received & { request: string | null; answer: string | null };

/** A fault as it is told: its parts as they were given, and how often it was asked and struck. */
export interface Fault {
  id: number;
  at: string;
  operation?: string;
  nth?: number;
  every?: number;
  chance?: number;
  times?: number;
  /** Milliseconds. */
  for?: number;
  do: string;
  seen: number;
  struck: number;
}

export interface FaultGrammar {
  doors: { door: string; operations: boolean; effects: string[] }[];
  effects: Record<string, { argument?: string; example: string; means: string }>;
}

export interface Ptz {
  position: { x: number; y: number; zoom: number };
  moving: boolean;
  zoom: boolean;
  presets: { token: string; name: string }[];
}
