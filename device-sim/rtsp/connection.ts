import { replayFeature } from '../replay/replays.ts';
import { describeReplay, playReplay, setupReplay } from '../replay/rtsp-replay.ts';
import { formatClockRange, formatRtpInfo, type ServerContext, sessionTimeoutSeconds } from './context.ts';
import {
  formatResponse,
  RtspError,
  RtspParser,
  type RtspRequest,
  type RtspResponse,
  wireMessageOf,
} from './message.ts';
import { isReport } from './rtcp.ts';
import { formatSdp } from './sdp.ts';
import { isInterleaved, pause, play, type Session, type SetTrack } from './session.ts';
import { formatSsrc, type TakenOffer } from './taken-offer.ts';
import type { TalkSink } from './talk-sink.ts';
import { parseTransport, type TransportOffer } from './transport.ts';
import { interleavedViewer, udpViewer } from './viewers.ts';
import type { Wire } from './wire.ts';

/** Methods a camera takes; the rest of RFC 2326 is for recording. */
const methods = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER'];
const knownMethods = new Set([...methods, 'ANNOUNCE', 'RECORD', 'REDIRECT']);
/** What may be asked for by Require. */
const backChannelFeature = 'www.onvif.org/ver20/backchannel';
/** Requests of one connection that may wait for their turn, and sessions it may have. */
const mostQueued = 32;
const mostSessions = 16;
/** Answers that wait to be taken: pictures stop long before, so this is a client that asks and does not read. */
const mostBacklogBytes = 1 << 22;
/** With so much waiting a connection counts as stuck, unless it was less in between. */
const littleBacklogBytes = 1 << 16;

/** One client's connection: its requests in order, its interleaved sessions. */
export class RtspConnection {
  /** Fleet time of the last whole request. */
  seenAt: number;
  /** Fleet time at which a message began that is not whole yet. */
  halfSince: number | undefined;
  /** Fleet time since which much of what was sent has been waiting to be read. */
  stuckSince: number | undefined;
  readonly sessions = new Set<Session>();
  private readonly wire: Wire;
  private readonly context: ServerContext;
  private readonly parser = new RtspParser();
  private readonly queue: RtspRequest[] = [];
  private busy = false;
  private closed = false;

  constructor(wire: Wire, context: ServerContext) {
    this.wire = wire;
    this.context = context;
    this.seenAt = context.now();
  }

  get peer(): string {
    return this.wire.peer;
  }

  feed(chunk: Buffer): void {
    if (this.closed) return;
    for (const incoming of this.parser.feed(chunk)) {
      if (incoming.kind === 'packet') {
        this.hear(incoming.channel, incoming.payload);
        continue;
      }
      if (incoming.kind === 'broken') {
        this.context.received({ what: 'RTSP', peer: this.peer, outcome: String(incoming.status) });
        this.wire.write(formatResponse(undefined, { status: incoming.status, headers: { Connection: 'close' } }));
        this.wire.end();
        this.close();
        return;
      }
      this.queue.push(incoming.request);
      if (this.queue.length > mostQueued) {
        this.destroy();
        return;
      }
    }
    this.halfSince = this.parser.waiting ? (this.halfSince ?? this.context.now()) : undefined;
    void this.work();
  }

  /** Looks whether the client reads; a replay waits for its client and is none of this. */
  watchBacklog(now: number): void {
    const stuck = this.wire.backlog > littleBacklogBytes && ![...this.sessions].some(({ replay }) => replay);
    this.stuckSince = stuck ? (this.stuckSince ?? now) : undefined;
  }

  /** The connection is gone: what it carried ends; UDP sessions live on until they time out (RFC 2326 §1.1). */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const session of this.sessions) if (isInterleaved(session)) this.context.endSession(session);
    this.sessions.clear();
  }

  destroy(): void {
    this.close();
    this.wire.destroy();
  }

  /** A message took too long to arrive. */
  giveUp(): void {
    this.wire.write(formatResponse(undefined, { status: 408, headers: { Connection: 'close' } }));
    this.wire.end();
    this.close();
  }

  /** A packet of the client's: a report, or what it says to the camera. */
  private hear(channel: number, payload: Buffer): void {
    const sink = this.sinkOn(channel);
    if (!sink && !isReport(payload)) return;
    for (const session of this.sessions) session.seenAt = this.context.now();
    sink?.packet(payload);
  }

  private sinkOn(channel: number): TalkSink | undefined {
    for (const { tracks } of this.sessions)
      for (const { channels, track } of tracks.values()) if (channels?.[0] === channel) return track.sink;
    return undefined;
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let request = this.queue.shift(); request && !this.closed; request = this.queue.shift()) {
        this.seenAt = this.context.now();
        await this.answer(request);
      }
    } finally {
      this.busy = false;
    }
  }

  private async answer(request: RtspRequest): Promise<void> {
    const cseq = request.headers['cseq'];
    const beganAt = this.context.now();
    const respond = (response: RtspResponse) => {
      const text = formatResponse(cseq, { ...response, headers: { ...response.headers, Date: this.context.date() } });
      const { peer } = this;
      const ms = this.context.now() - beganAt;
      this.context.received({ what: request.method, peer, outcome: String(response.status), ms }, () => ({
        request: wireMessageOf(request),
        answer: { start: '', body: text },
      }));
      this.wire.write(text);
      if (this.wire.backlog > mostBacklogBytes) this.destroy();
    };
    try {
      if (cseq === undefined || !/^\d{1,10}$/.test(cseq)) throw new RtspError(400);
      await this.carryOut(request, respond);
    } catch (error) {
      if (!(error instanceof RtspError)) {
        this.context.camera.log.error(
          { reason: (error as Error).stack, method: request.method },
          'an RTSP request failed',
        );
        return respond({ status: 500 });
      }
      respond({ status: error.status, headers: error.headers });
    }
  }

  private async carryOut(request: RtspRequest, respond: (response: RtspResponse) => void): Promise<void> {
    const { method, version } = request;
    if (version !== 'RTSP/1.0') throw new RtspError(505);
    if (!knownMethods.has(method)) throw new RtspError(501);
    const unsupported = featuresOf(request).filter(
      (one) =>
        !(one === backChannelFeature && this.context.streams.backChannelAsked) &&
        !(one === replayFeature && this.context.replays),
    );
    if (unsupported.length > 0) throw new RtspError(551, { Unsupported: unsupported.join(', ') });
    if (method === 'OPTIONS') {
      this.sessionOf(request, false);
      return respond({ status: 200, headers: { Public: methods.join(', ') } });
    }
    if (!methods.includes(method)) throw new RtspError(405, { Allow: methods.join(', ') });
    this.checkSignIn(request);
    switch (method) {
      case 'DESCRIBE':
        return respond(this.describe(request));
      case 'SETUP':
        return respond(await this.setup(request));
      case 'PLAY':
        return this.play(request, respond);
      case 'PAUSE': {
        const session = this.sessionOf(request);
        pause(session);
        return respond({ status: 200, headers: { Session: session.id } });
      }
      case 'TEARDOWN': {
        const session = this.sessionOf(request);
        this.leave(session);
        return respond({ status: 200, headers: { Session: session.id } });
      }
      default: {
        // GET_PARAMETER and SET_PARAMETER: a sign of life, and nothing to get or set.
        const session = this.sessionOf(request, false);
        if (request.body.length > 0 && method === 'SET_PARAMETER') throw new RtspError(451);
        return respond({ status: 200, headers: { ...(session ? { Session: session.id } : {}) } });
      }
    }
  }

  /** Who set a session up over this very connection need not sign for it again; many players would with a nonce that has aged. */
  private checkSignIn({ method, url, headers, body }: RtspRequest): void {
    if ([...this.sessions].some(({ id }) => id === sessionIdOf(headers['session']))) return;
    this.context.signIn({ method, url, authorization: headers['authorization'], body });
  }

  private sessionOf(request: RtspRequest): Session;
  private sessionOf(request: RtspRequest, needed: false): Session | undefined;
  private sessionOf({ headers }: RtspRequest, needed = true): Session | undefined {
    const id = sessionIdOf(headers['session']);
    const session = id === undefined ? undefined : this.context.sessions.get(id);
    if (!session && (needed || id !== undefined)) throw new RtspError(454);
    if (session) session.seenAt = this.context.now();
    return session;
  }

  private describe(request: RtspRequest): RtspResponse {
    const { context } = this;
    const accept = request.headers['accept'];
    if (accept !== undefined && !/application\/(sdp|\*)|\*\/\*/i.test(accept)) throw new RtspError(415);
    const { path } = context.locate(request.url);
    const recorded = describeReplay(context, path, request);
    if (recorded) return recorded;
    const tracks = context.streams
      .find(path)
      ?.tracks()
      // Only who asks for the back channel is told of it (Streaming §5.3.1).
      ?.filter(({ sink }) => !sink || featuresOf(request).includes(backChannelFeature));
    if (!tracks) throw new RtspError(404);
    const body = formatSdp({
      host: context.camera.address.host,
      name: context.camera.state.deviceName,
      sessionId: context.sdpId,
      media: tracks.map((track) => track.describe()),
    });
    const base = request.url.replace(/\?.*$/, '').replace(/\/*$/, '/');
    return { status: 200, headers: { 'Content-Base': base, 'Content-Type': 'application/sdp' }, body };
  }

  private async setup(request: RtspRequest): Promise<RtspResponse> {
    const { context } = this;
    const { path, track: wanted } = context.locate(request.url);
    const recording = context.replays?.find(path);
    if (recording)
      return setupReplay(recording, request, {
        context,
        wire: this.wire,
        known: this.sessionOf(request, false),
        takeOffer: (offer, track) => this.takeOffer(offer, `${path} ${track}`),
        checkRoom: () => this.checkRoom(),
        keep: (session) => this.sessions.add(session),
      });
    const tracks = context.streams.find(path)?.tracks();
    const track = wanted === undefined && tracks?.length === 1 ? tracks[0] : tracks?.find(({ id }) => id === wanted);
    if (!track) throw new RtspError(wanted === undefined && tracks ? 459 : 404);
    const known = this.sessionOf(request, false);
    if (known && known.path !== path) throw new RtspError(459);
    if (known?.playing) throw new RtspError(455);

    if (!known) this.checkRoom();
    const offers = parseTransport(request.headers['transport'] ?? '');
    let chosen: TakenOffer | undefined;
    for (const offer of offers) {
      chosen = await this.takeOffer(offer, `${path} ${track.id}`);
      if (chosen) break;
    }
    if (!chosen) throw new RtspError(461);
    const session = known ?? context.openSession(path);
    this.sessions.add(session);
    session.tracks.set(track.id, { track, url: request.url, ...chosen.way });
    return {
      status: 200,
      headers: {
        Transport: `${chosen.header}${track.stream ? `;ssrc=${formatSsrc(track.stream.ssrc)}` : ''};mode="PLAY"`,
        Session: `${session.id};timeout=${sessionTimeoutSeconds}`,
      },
    };
  }

  private checkRoom(): void {
    if (this.sessions.size >= mostSessions || !this.context.roomForSessions()) throw new RtspError(453);
  }

  /** `name` is the track's, path and all. */
  private async takeOffer(offer: TransportOffer, name: string): Promise<TakenOffer | undefined> {
    if (offer.kind === 'interleaved') {
      if (offer.channels && offer.channels[0] === offer.channels[1]) return undefined;
      const [rtp, rtcp] = this.freeChannels(name, offer.channels);
      return {
        way: {
          viewer: (begin: SetTrackBegin) => interleavedViewer(this.wire, rtp, rtcp, begin),
          channels: [rtp, rtcp],
        },
        header: `RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp}`,
      };
    }
    if (offer.kind !== 'udp' || !this.context.udpAllowed(this.wire)) return undefined;
    const host = this.wire.peerHost;
    // Nobody has packets sent to somebody else (RFC 2326 §12.39: a gateway for denial of service).
    if (offer.destination !== undefined && offer.destination !== host) return undefined;
    const ports = await this.context.udpPorts();
    return {
      way: {
        viewer: (begin: SetTrackBegin) => udpViewer(ports, host, offer.ports, begin),
        reportsFrom: `${host} ${offer.ports[1]}`,
        packetsFrom: `${host} ${offer.ports[0]}`,
      },
      header: `RTP/AVP;unicast;client_port=${offer.ports.join('-')};server_port=${ports.rtp}-${ports.rtcp}`,
    };
  }

  /** The channels a client wants, or others where another track of its has them: some ask for 0-1 each time. */
  private freeChannels(name: string, wanted: readonly [number, number] | undefined): readonly [number, number] {
    const taken = new Set(
      [...this.sessions].flatMap(({ path, tracks }) =>
        [...tracks.values()].flatMap(({ track, channels }) => (`${path} ${track.id}` === name ? [] : (channels ?? []))),
      ),
    );
    const free = ([rtp, rtcp]: readonly [number, number]) => !taken.has(rtp) && !taken.has(rtcp);
    if (wanted && free(wanted)) return wanted;
    for (let channel = 0; channel < 256; channel += 2) if (free([channel, channel + 1])) return [channel, channel + 1];
    throw new RtspError(461);
  }

  private play(request: RtspRequest, respond: (response: RtspResponse) => void): void | Promise<void> {
    const session = this.sessionOf(request);
    if (session.replay) return playReplay(session, session.replay, request, respond);
    const range = request.headers['range'];
    if (range !== undefined && !/^(npt|clock|smpte[a-z0-9-]*)\s*=/i.test(range)) throw new RtspError(457);
    // Playing already: PLAY again is a way some clients keep a session alive.
    if (session.playing) return respond({ status: 200, headers: { Session: session.id } });
    return new Promise<void>((resolve) => {
      const answer: Parameters<typeof play>[1] = (points) => {
        respond({
          status: 200,
          headers: {
            Session: session.id,
            // Who only talks is told of no picture.
            ...(points.length > 0 ? { Range: formatClockRange(points), 'RTP-Info': formatRtpInfo(points) } : {}),
          },
        });
        resolve();
      };
      // Another codec calls for another description: who hangs up makes the client come again.
      play(session, answer, () => {
        this.leave(session);
        this.wire.end();
      });
      // A session that ends before its first picture never answers; the connection is gone with it.
      this.context.whenEnded(session, resolve);
    });
  }

  private leave(session: Session): void {
    this.sessions.delete(session);
    this.context.endSession(session);
  }
}

const featuresOf = ({ headers }: RtspRequest) =>
  (headers['require'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

type SetTrackBegin = Parameters<SetTrack['viewer']>[0];

const sessionIdOf = (header: string | undefined) => header?.split(';', 1)[0]?.trim();
