import type { Figure } from '../motion/figure.ts';
import type { Span } from './span.ts';

export const trackTypes = ['Video', 'Audio', 'Metadata'] as const;
export type TrackType = (typeof trackTypes)[number];

/** One track of a recording: a timeline with data at certain times (Recording Control §4.2). */
export interface RecordedTrack {
  token: string;
  type: TrackType;
  description: string;
  spans: Span[];
}

/** Where a recording is from, in the words of whoever made it. */
export interface SourceWords {
  id: string;
  name: string;
  location: string;
  description: string;
  address: string;
}

export interface Recording {
  token: string;
  source: SourceWords;
  content: string;
  /** 0: as long as the card holds it. */
  retentionMs: number;
  /** Of a recorder, 1 and up. */
  channel?: number;
  tracks: RecordedTrack[];
}

export interface JobSource {
  /** Token of a media profile. */
  profile: string;
  tracks: { tag: string; destination: string }[];
}

/** What fills a recording. */
export interface RecordingJob {
  token: string;
  recording: string;
  mode: 'Idle' | 'Active';
  priority: number;
  sources: JobSource[];
}

/** Events by shape: topic and names once, values each time. */
export interface KeptJournal {
  shapes: { topic: string; property: boolean; source: Record<string, string>; items: string[]; parts?: string[] }[];
  /** Instant, shape, values. */
  entries: [at: number, shape: number, ...values: string[]][];
}

/** Everything of a camera's recordings that survives a restart. Plain JSON. */
export interface KeptRecordings {
  /** Before this the footage is made up; from then on it is what happened. Camera's clock. */
  installedAt: number;
  /** The camera was up at this time by its own clock, at least. */
  aliveAt: number;
  recordings: Recording[];
  jobs: RecordingJob[];
  journal: KeptJournal;
  /** Something moved before the lens; null: it still does. Without a figure: kept by a version that did not note it. */
  passings: [from: number, to: number | null, channel?: number, figure?: Figure][];
  /** Where the lens looked, from then on: degrees, zoom 0…1. */
  looks: [at: number, pan: number, tilt: number, zoom: number][];
  /** Number of the last recording or job made. */
  made: number;
  /** tt:ReplayConfiguration/SessionTimeout. */
  replayTimeoutMs: number;
}

/** Texts longer than this are cut (Recording Control §5.3.1). */
export const longestText = 128;

/** Tokens of the tracks every recording has from the start (Recording Control §5.5). */
export const firstTracks = (): RecordedTrack[] => [
  { token: 'VIDEO001', type: 'Video', description: '', spans: [] },
  { token: 'AUDIO001', type: 'Audio', description: '', spans: [] },
  { token: 'META001', type: 'Metadata', description: '', spans: [] },
];
