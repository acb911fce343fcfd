import { createHash } from 'node:crypto';
import { parseLabelSecret } from '../../core/pairing/label-secret.ts';
import type { RefusalCode } from '../../core/pairing/messages.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { GatewayError } from '../errors.ts';
import { localElevationPrefix } from '../people/second-factor.ts';
import type { Database, Queries } from '../store/database.ts';
import { insertCurrentCertificate, unusedPairings } from '../store/device-certificates.ts';
import {
  burnOpenTicket,
  burnTicket,
  claimTicket,
  dropOldTickets,
  endDeadTickets,
  findTicket,
  insertTicket,
  issueTicket,
  maxTries,
  proveTicket,
  releaseTickets,
  returnTicket,
  type TicketRow,
} from '../store/pairing-tickets.ts';
import type { Sealer } from '../store/sealer.ts';
import type { DeviceCertificate } from '../tls/authority.ts';

/** Spends an elevation at the cloud: once, for this gateway, from a fresh second factor. Throws GatewayError. */
export interface ElevationRedeemer {
  redeemElevation(elevation: string): Promise<{ sub: string; email: string; elevationId: string }>;
}

export const ticketLifeMs = 10 * 60_000;
const sweepEveryMs = 30_000;
const keepEndedMs = 24 * 3_600_000;
/**
 * How long an issued certificate may go unused before the pairing counts as not arrived (the gateway or the camera died
 * between the transaction and the camera's disk). Counted from our own start too, since a camera cannot come while we are
 * away. One that did arrive and was held up longer finds out that it was taken back, and forgets it.
 */
export const arrivalMs = 10 * 60_000;

/** Who an operator is in the audit log: a TP-Link ID, or a local user (whose `sub` says so). */
export const operatorActor = (sub: string) =>
  sub.startsWith(localElevationPrefix) ? `user:${sub.slice(localElevationPrefix.length)}` : `tplink:${sub}`;

/** One camera that an operator wants to add. */
export interface DeviceOrder {
  serial: string;
  labelSecret: string;
  camera: { host: string; httpsPort: number };
}

export interface NewTicket {
  serial: string;
  id: string;
  /** 256 bits, Base64. */
  ticket: string;
  expiresAt: number;
}

/** A ticket that one connection holds. */
export interface Claim {
  ticketId: string;
  claim: string;
  serial: string;
  operator: { sub: string; email: string };
  labelSecret: Buffer;
}

export class PairingRefused extends Error {
  override name = 'PairingRefused';
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Tickets: open → claimed → proving → issued, or expired, or burned (DESIGN §5). Each arrow is one conditional update,
 * so of two connections that want the same one only one gets on.
 */
export interface PairingTickets extends AsyncDisposable {
  readonly maxTries: number;
  start(): Promise<void>;
  /**
   * A ticket for each camera of one order: all of them or, when one cannot be had, none. The elevation is spent once the
   * label secrets read well.
   */
  create(order: { elevation: string; devices: DeviceOrder[] }): Promise<{ operatorSub: string; tickets: NewTicket[] }>;
  find(id: string, ticket: string): Promise<TicketRow | undefined>;
  /** Given up by whoever holds it. */
  cancel(id: string, ticket: string): Promise<boolean>;
  claim(given: { id: string; ticket: Buffer; serial: string }): Promise<Claim>;
  prove(claim: Claim): Promise<void>;
  /** Ticket issued, certificate current and camera adopted by one transaction: all of it or nothing. */
  issue(claim: Claim, certificate: DeviceCertificate, adopt: (tx: Queries) => Promise<string>): Promise<string>;
  /** The connection came to nothing; its try is spent. */
  giveBack(claim: Claim, refusal: string): Promise<void>;
}

const hashOf = (ticket: Buffer) => createHash('sha256').update(ticket).digest();
const context = (id: string) => `label secret of ticket ${id}`;

export function createPairingTickets(
  options: {
    gatewayId: string;
    db: Database;
    sealer: Sealer;
    redeemer: ElevationRedeemer;
    /** Take a pairing back whose certificate was never used. */
    abandon(serial: string): Promise<void>;
  },
  deps: RuntimeDeps,
): PairingTickets {
  const { gatewayId, db, sealer, redeemer, abandon } = options;
  const { clock, random, log } = deps;
  let sweeping: Disposable | undefined;

  const parseTicket = (text: string) => {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === 32 ? bytes : undefined;
  };

  return {
    maxTries,
    async start() {
      const startedAt = clock.now();
      await releaseTickets(db, startedAt);
      await endDeadTickets(db, startedAt);
      sweeping = startInterval(clock, sweepEveryMs, async () => {
        try {
          await endDeadTickets(db, clock.now());
          await dropOldTickets(db, clock.now() - keepEndedMs);
          const before = clock.now() - arrivalMs;
          if (before >= startedAt) for (const serial of await unusedPairings(db, before)) await abandon(serial);
        } catch (error) {
          log.error({ err: error }, 'old pairing tickets could not be ended');
        }
      });
    },

    async create({ elevation, devices }) {
      // Slips of the pen are told before the elevation is spent.
      const orders = devices.map((device) => {
        const secret = parseLabelSecret(device.labelSecret);
        if (!secret)
          throw new GatewayError(
            'label_secret_invalid',
            `the label secret of ${device.serial} is mistyped: check its characters`,
          );
        return { ...device, secret };
      });
      const operator = await redeemer.redeemElevation(elevation);
      const createdAt = clock.now();
      const expiresAt = createdAt + ticketLifeMs;
      const tickets = await db.transaction(async (tx) => {
        await endDeadTickets(tx, createdAt);
        const made: NewTicket[] = [];
        for (const { serial, secret, camera } of orders) {
          const id = random.bytes(12).toString('base64url');
          const ticket = random.bytes(32);
          // The same operator, with a fresh code, may begin again; somebody else's open ticket stands.
          await burnOpenTicket(tx, { serial, operatorSub: operator.sub, refusal: 'replaced', now: createdAt });
          const created = await insertTicket(tx, {
            id,
            ticketHash: hashOf(ticket),
            gatewayId,
            serial,
            operatorSub: operator.sub,
            operatorEmail: operator.email,
            elevationId: operator.elevationId,
            secretSealed: sealer.seal(secret.toString('base64'), context(id)),
            cameraHost: camera.host,
            cameraHttpsPort: camera.httpsPort,
            createdAt,
            expiresAt,
          });
          if (!created) throw new GatewayError('ticket_open', `a ticket for ${serial} is open already`);
          made.push({ serial, id, ticket: ticket.toString('base64'), expiresAt });
        }
        return made;
      });
      return { operatorSub: operator.sub, tickets };
    },

    async find(id, text) {
      const ticket = parseTicket(text);
      if (!ticket) return undefined;
      await endDeadTickets(db, clock.now());
      return findTicket(db, id, hashOf(ticket));
    },

    async cancel(id, text) {
      const ticket = parseTicket(text);
      return (
        ticket !== undefined &&
        burnTicket(db, { id, ticketHash: hashOf(ticket), refusal: 'cancelled', now: clock.now() })
      );
    },

    async claim({ id, ticket, serial }) {
      const claim = random.uuid();
      const ticketHash = hashOf(ticket);
      const won = await claimTicket(db, { id, ticketHash, serial, claim, now: clock.now() });
      const row = await findTicket(db, id, ticketHash);
      if (!won) throw whyNot(row, serial, clock.now());
      return {
        ticketId: id,
        claim,
        serial: row!.serial,
        operator: { sub: row!.operatorSub, email: row!.operatorEmail },
        labelSecret: Buffer.from(sealer.open(row!.secretSealed!, context(id)), 'base64'),
      };
    },

    async prove({ ticketId: id, claim }) {
      if (!(await proveTicket(db, { id, claim, now: clock.now() })))
        throw new PairingRefused('ticket_expired', 'the ticket has ended');
    },

    async issue({ ticketId: id, claim, serial }, certificate, adopt) {
      return db.transaction(async (tx) => {
        const now = clock.now();
        const cameraId = await adopt(tx);
        if (!(await issueTicket(tx, { id, claim, cameraId, now })))
          throw new PairingRefused('ticket_expired', 'the ticket has ended');
        const fresh = await insertCurrentCertificate(tx, {
          serialNumber: certificate.serialNumber,
          keyHash: certificate.keyHash,
          device: serial,
          ticketId: id,
          issuedAt: now,
          notAfter: certificate.notAfter,
        });
        if (!fresh) throw new PairingRefused('certificate_refused', 'this key was certified before: make a new one');
        return cameraId;
      });
    },

    async giveBack({ ticketId: id, claim }, refusal) {
      await returnTicket(db, { id, claim, refusal, now: clock.now() });
    },

    async [Symbol.asyncDispose]() {
      sweeping?.[Symbol.dispose]();
    },
  };
}

/** What to tell who could not claim. Without the right ticket there is nothing to tell apart. */
function whyNot(row: TicketRow | undefined, serial: string, now: number): PairingRefused {
  if (!row || row.serial !== serial) return new PairingRefused('ticket_unknown', 'there is no such ticket');
  if (row.state === 'expired' || row.expiresAt <= now)
    return new PairingRefused('ticket_expired', 'the ticket is too old');
  if (row.state === 'claimed' || row.state === 'proving')
    return new PairingRefused('busy', 'another connection uses this ticket');
  return new PairingRefused('ticket_used', 'the ticket is used up');
}
