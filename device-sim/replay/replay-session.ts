import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { extentOf } from '../recording/markup.ts';
import type { Recording } from '../recording/recordings.ts';
import type { Viewer } from '../rtsp/media-stream.ts';
import { RtspError } from '../rtsp/message.ts';
import { formatGoodbye } from '../rtsp/rtcp.ts';
import type { RtpState } from '../rtsp/rtp.ts';
import { withExtension } from './header-extension.ts';
import type { Extent, PlayRequest } from './play-request.ts';
import type { ReplaySource, ReplayTrack, UnitMaker } from './replay-tracks.ts';
import { backwards, forwards, inOrder, type Unit } from './unit.ts';

/** What a client waits for is no more than this: the rest stays unmade until it has taken some. */
const mostBacklogBytes = 1 << 18;
const waitMs = 5;
/** UDP has no pace of its own: so many times as fast as it was recorded. */
const udpSpeed = 8;
/** The present may be asked for by a clock that runs a little ahead. */
const nowMs = 1000;
/** A longer time between two units is a gap in the footage, which nobody sits through. */
const gapMs = 15_000;

/** A track as it was set up: where its packets go. */
export interface ReplayOutput {
  viewer: Viewer;
  /** Bytes that wait; undefined when nothing tells (UDP). */
  backlog?(): number;
}

/** What the answer to PLAY says. */
export interface PlayAnswer {
  range: Extent & { open: boolean };
  scale: number;
  points: { track: string; sequence: number; timestamp: number }[];
}

interface OpenTrack {
  track: ReplayTrack;
  output: ReplayOutput;
  rtp: RtpState;
  maker: UnitMaker;
  firstTimestamp: number;
}

/** One client's replay of one recording. */
export class ReplaySession {
  readonly tracks = new Map<string, OpenTrack>();
  /** Part of the footage the address named. */
  window: Partial<Extent> = {};
  private running: AbortController | undefined;
  private position: number | undefined;
  private readonly startedAt: number;

  constructor(
    readonly recording: Recording,
    private readonly source: ReplaySource,
    /** The fleet's. */
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.startedAt = clock.now();
  }

  get playing(): boolean {
    return this.running !== undefined;
  }

  /** SSRC of the track's packets. */
  add(track: ReplayTrack, output: ReplayOutput): number {
    const rtp: RtpState = {
      ssrc: this.random.bytes(4).readUInt32BE(),
      payloadType: track.payloadType,
      sequence: this.random.int(0x10000),
      packets: 0,
      octets: 0,
    };
    const firstTimestamp = this.random.bytes(4).readUInt32BE();
    this.tracks.set(track.id, { track, output, rtp, maker: track.open(), firstTimestamp });
    return rtp.ssrc;
  }

  /** Footage there is, within the window. */
  extent(): Extent {
    const whole = extentOf(this.source.recorder, this.recording);
    if (!whole) throw new RtspError(404);
    return { from: Math.max(whole.from, this.window.from ?? 0), to: Math.min(whole.to, this.window.to ?? whole.to) };
  }

  pause(): void {
    this.running?.abort();
    this.running = undefined;
  }

  /** Begin anew where the request says; `answer` is called right before the first packet. Throws 457. */
  play(request: PlayRequest, answer: (given: PlayAnswer) => void): void {
    const extent = this.extent();
    const back = request.scale < 0;
    const resumed = this.position;
    const from = request.from ?? resumed ?? (back ? extent.to : extent.from);
    const limit =
      request.to ?? (back ? (this.window.from ?? extent.from) : (this.window.to ?? Number.POSITIVE_INFINITY));
    if (back ? from < extent.from || limit > extent.to : from > extent.to + nowMs || limit < extent.from)
      throw new RtspError(457);
    const jumped = this.running !== undefined || (request.from !== undefined && resumed !== undefined);
    this.pause();
    const running = new AbortController();
    this.running = running;
    const units = this.plan(Math.max(extent.from, from), limit, request);
    const first = units.next();
    const at = first.done ? from : first.value.unit.at;
    const timing = this.timing(request, at);
    answer({
      range: {
        from: request.from ?? at,
        to: request.to ?? extent.to,
        open: request.to === undefined && this.window.to === undefined && !back && this.isLive(),
      },
      scale: request.scale,
      points: [...this.tracks.values()].map((one) => ({
        track: one.track.id,
        sequence: one.rtp.sequence,
        timestamp: timing.timestamp(one, at),
      })),
    });
    this.run(first, units, request, timing, jumped, running.signal).catch((error: unknown) => {
      if (running.signal.aborted) return;
      this.source.camera.log.error({ reason: (error as Error).stack }, 'a replay failed');
    });
  }

  private isLive(): boolean {
    return this.recording.tracks.some((track) => this.source.recorder.recording(track));
  }

  /** The units of all tracks in the order in which they are sent. */
  private plan(from: number, limit: number, { scale, frames, rateControl }: PlayRequest) {
    const fast = rateControl && Math.abs(scale) > 2;
    const everyMs = frames.kind === 'intra' ? frames.everyMs : fast ? 0 : -1;
    const earliest = this.extent().from;
    const all = [...this.tracks.values()];
    const videos = all.filter(({ track }) => track.recorded.type === 'Video');
    const spansOf = (one: OpenTrack) => () => one.track.recorded.spans;
    const within = (one: OpenTrack, units: Generator<Unit, void>) => tagged(one, units);
    if (scale < 0)
      return inOrderBack(
        videos.map((one) => within(one, backwards(spansOf(one), one.track.grid, from, limit, earliest, everyMs))),
      );
    // Sound and metadata begin with the picture they belong to, which may lie before what was asked for.
    const heads = videos.map((one) => forwards(spansOf(one), one.track.grid, from, limit, earliest, everyMs).next());
    const begin = Math.min(from, ...heads.map((head) => (head.done ? from : head.value.at)));
    return inOrder(
      all.flatMap((one) => {
        const video = one.track.recorded.type === 'Video';
        // Pictures alone go by in a hurry.
        if (!video && fast) return [];
        return [
          within(
            one,
            forwards(spansOf(one), one.track.grid, video ? from : begin, limit, earliest, video ? everyMs : -1),
          ),
        ];
      }),
    );
  }

  /** When units are due, and what their time stamps say (Streaming §6.9). */
  private timing({ scale, rateControl }: PlayRequest, begin: number) {
    const beganAt = this.clock.now();
    const baseMs = beganAt - this.startedAt;
    let origin = begin;
    let originMs = 0;
    let last = begin;
    const playedMs = (at: number) => originMs + ((at - origin) * Math.sign(scale)) / Math.abs(scale);
    return {
      /** Fleet time by which a unit is sent. */
      dueAt(paceAt: number): number {
        if (Math.abs(paceAt - last) > gapMs) {
          originMs = playedMs(last);
          origin = paceAt;
        }
        last = paceAt;
        return beganAt + playedMs(paceAt);
      },
      timestamp: ({ firstTimestamp, track: { rate } }: OpenTrack, at: number): number =>
        rateControl
          ? (firstTimestamp + Math.round(((baseMs + playedMs(at)) * rate) / 1000)) >>> 0
          : (firstTimestamp + Math.round((at * rate) / 1000)) >>> 0,
    };
  }

  private async run(
    first: IteratorResult<Tagged, void>,
    units: Iterator<Tagged, void>,
    request: PlayRequest,
    timing: ReturnType<ReplaySession['timing']>,
    jumped: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { camera } = this.source;
    const fresh = new Set(jumped ? this.tracks.keys() : []);
    const { rateControl, cseq } = request;
    const startedAt = this.clock.now();
    const startAt = first.done ? 0 : first.value.unit.paceAt;
    for (let next = first; !next.done; next = units.next()) {
      const { unit, one } = next.value;
      const dueAt = timing.dueAt(unit.paceAt);
      if (rateControl) await this.until(dueAt, signal);
      else if (!one.output.backlog) await this.until(startedAt + Math.abs(unit.paceAt - startAt) / udpSpeed, signal);
      // What is being recorded is there when it has happened.
      const ahead = unit.at - camera.clock.now();
      if (ahead > 0) await this.clock.sleep(ahead, signal);
      while ((one.output.backlog?.() ?? 0) > mostBacklogBytes) await this.clock.sleep(waitMs, signal);
      await turn();
      if (signal.aborted) return;
      const made = one.maker.make(unit, one.rtp, timing.timestamp(one, unit.at));
      if (!made) continue;
      const mark = {
        at: unit.at,
        clean: made.clean,
        end: unit.end,
        terminal: unit.terminal,
        discontinuity: unit.discontinuity || fresh.delete(one.track.id),
        cseq,
      };
      one.output.viewer.send(withExtension(made.batch, mark), made.clean);
      if (one.track.recorded.type === 'Video' || this.tracks.size === 1) this.position = unit.at;
    }
    if (!request.onvif) this.sayGoodbye(timing);
  }

  /** An ordinary player is told that nothing more comes; others see the flags (Streaming §6.11). */
  private sayGoodbye({ timestamp }: ReturnType<ReplaySession['timing']>): void {
    const { camera } = this.source;
    for (const one of this.tracks.values()) {
      const { output, rtp } = one;
      output.viewer.report(formatGoodbye(rtp, camera.clock.now(), timestamp(one, this.position ?? 0), camera.name));
    }
  }

  private async until(at: number, signal: AbortSignal): Promise<void> {
    const ms = at - this.clock.now();
    if (ms > 0) await this.clock.sleep(ms, signal);
  }
}

interface Tagged {
  unit: Unit;
  one: OpenTrack;
}

function* tagged(one: OpenTrack, units: Iterable<Unit>): Generator<Tagged, void> {
  for (const unit of units) yield { unit, one };
}

/** Going back there is one picture track as a rule; several are sent one group after the other. */
function* inOrderBack(tracks: Generator<Tagged, void>[]): Generator<Tagged, void> {
  const heads = tracks.map((track) => track.next());
  for (;;) {
    let best = -1;
    for (const [i, head] of heads.entries())
      if (!head.done && (best < 0 || head.value.unit.paceAt > (heads[best] as { value: Tagged }).value.unit.paceAt))
        best = i;
    if (best < 0) return;
    yield (heads[best] as { value: Tagged }).value;
    heads[best] = tracks[best]!.next();
  }
}
