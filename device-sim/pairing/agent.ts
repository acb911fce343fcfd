import { X509Certificate } from 'node:crypto';
import { delays } from '../../core/runtime/backoff.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { PairingState } from '../camera.ts';
import type { SimCamera } from '../sim-camera.ts';
import { dialFrom } from './dial-from.ts';
import { check, enrol, type PairRequest, renew } from './enrol.ts';
import { PairingError } from './pairing-error.ts';

export type PairingStatus =
  | { state: 'unpaired' | 'pairing' }
  | { state: 'paired'; gatewayId: string; gatewayHost: string; expiresAt: number }
  | { state: 'failed'; code: string; message: string };

/** Pairs one camera, renews its certificate at two thirds of its life, and unpairs it. */
export interface PairingAgent extends Disposable {
  status(): PairingStatus;
  /** Throws PairingError; nothing is kept then. */
  pair(request: PairRequest): Promise<PairingState>;
  /** False when the camera was not paired. */
  unpair(): boolean;
  /** The gateway does not let us in: find out whether it has removed us, and forget the pairing if so. */
  suspect(): Promise<void>;
  /** After a start: drop what a pairing cut short has left, and watch the certificate's life again. */
  resume(): void;
}

export interface PairingAgentOptions {
  camera: SimCamera;
  /** Path of the still picture on the HTTP port; absent when the camera gives none. */
  snapshotPath?: string;
  /** Paired, renewed (a new certificate to connect with) or unpaired. */
  onChange(pairing: PairingState | undefined): void;
}

/** Names of the accounts made for gateways. */
const accountOf = /^vms_[0-9a-f]{8}$/;
/** How long a certificate is good, whatever the time is. */
function lifeMsOf({ certificate }: PairingState): number {
  const { validFrom, validTo } = new X509Certificate(certificate);
  return Date.parse(validTo) - Date.parse(validFrom);
}

const renewalRetries = { firstMs: 30_000, factor: 2, capMs: 3_600_000, jitter: 0.3 };

export function createPairingAgent(options: PairingAgentOptions, given: RuntimeDeps): PairingAgent {
  const { camera, snapshotPath, onChange } = options;
  // A camera has its own clock and no other, right or wrong.
  const deps = { ...given, clock: camera.clock };
  const { state, identity } = camera;
  let busy = false;
  let failure: PairingError | undefined;
  let renewal: Disposable | undefined;

  const changed = (pairing: PairingState | undefined) => {
    state.pairing = pairing;
    state.metadataVersion += 1;
    camera.save();
    watch();
    onChange(pairing);
    camera.announce();
  };
  const dropAccount = (username: string) => {
    state.users = state.users.filter((user) => user.username !== username);
  };

  const forget = (pairing: PairingState) => {
    dropAccount(pairing.username);
    camera.log.info({ gateway: pairing.gatewayId }, 'unpaired');
    changed(undefined);
  };
  /** True when the gateway has said that it took our certificate back: the pairing is gone then. */
  const forgottenBy = (error: unknown) => {
    const { pairing } = state;
    if (!pairing || !(error instanceof PairingError) || error.code !== 'unpaired') return false;
    forget(pairing);
    return true;
  };
  let asking = false;

  const watch = (retry = delays(renewalRetries, deps.random)) => {
    renewal?.[Symbol.dispose]();
    renewal = undefined;
    const { pairing } = state;
    if (!pairing) return;
    const ageMs = deps.clock.now() - pairing.issuedAt;
    // Younger than new: the clock was set back meanwhile, and nothing tells how old it is.
    let waitMs = ageMs < 0 ? 0 : (lifeMsOf(pairing) * 2) / 3 - ageMs;
    const attempt = async () => {
      try {
        const renewed = await renew(identity.serial, pairing, dialFrom(camera), deps);
        if (state.pairing !== pairing) return; // unpaired meanwhile
        camera.log.info({ expiresAt: renewed.expiresAt }, 'certificate renewed');
        state.pairing = renewed;
        camera.save();
        watch();
        onChange(renewed);
      } catch (error) {
        if (state.pairing !== pairing || forgottenBy(error)) return;
        waitMs = retry.next().value;
        camera.log.warn({ reason: (error as Error).message, waitMs }, 'certificate not renewed');
        renewal = startTimer(deps.clock, waitMs, () => void attempt());
      }
    };
    renewal = startTimer(deps.clock, Math.max(0, waitMs), () => void attempt());
  };

  return {
    status() {
      const { pairing } = state;
      if (pairing) {
        const { gatewayId, gatewayHost, expiresAt } = pairing;
        return { state: 'paired', gatewayId, gatewayHost, expiresAt };
      }
      if (busy) return { state: 'pairing' };
      return failure ? { state: 'failed', code: failure.code, message: failure.message } : { state: 'unpaired' };
    },
    async pair(request) {
      if (!state.initialized) throw new PairingError('not_initialized', 'set the admin password first');
      if (state.pairing) throw new PairingError('already_paired', `paired with ${state.pairing.gatewayId}`);
      if (busy) throw new PairingError('busy', 'another pairing is going on');
      busy = true;
      failure = undefined;
      // An account for this gateway alone. Its password crosses the wire before the gateway has proved itself, so the
      // account only comes into being afterwards: in other hands the password opens nothing.
      const username = `vms_${deps.random.bytes(4).toString('hex')}`;
      const password = deps.random.bytes(24).toString('base64url');
      try {
        const pairing = await enrol(
          {
            identity,
            request,
            localAddress: dialFrom(camera),
            describe: (localAddress) => ({
              name: state.deviceName.slice(0, 64),
              model: camera.profile.model,
              manufacturer: camera.profile.manufacturer,
              firmware: camera.profile.firmware,
              mac: identity.mac,
              host: localAddress,
              onvifPort: camera.address.ports.http,
              onvifPath: camera.profile.servicePaths.device,
              rtspPort: camera.address.ports.rtsp,
              httpsPort: camera.address.ports.https,
              ...(snapshotPath ? { snapshotPath } : {}),
              username,
              password,
            }),
            onProven: () => void state.users.push({ username, password, level: 'Operator' }),
          },
          deps,
        );
        camera.log.info({ gateway: pairing.gatewayId }, 'paired');
        changed(pairing);
        return pairing;
      } catch (error) {
        dropAccount(username);
        failure =
          error instanceof PairingError
            ? error
            : new PairingError('protocol_error', 'the pairing failed', { cause: error });
        camera.log.warn({ code: failure.code, reason: failure.message }, 'not paired');
        throw failure;
      } finally {
        busy = false;
      }
    },
    unpair() {
      const { pairing } = state;
      if (!pairing) return false;
      forget(pairing);
      return true;
    },
    async suspect() {
      const { pairing } = state;
      if (!pairing || asking) return;
      asking = true;
      try {
        await check(pairing, dialFrom(camera), deps);
      } catch (error) {
        if (state.pairing === pairing) forgottenBy(error);
      } finally {
        asking = false;
      }
    },
    resume() {
      // A pairing that the power cut short may have left its account behind.
      const stray = state.users.filter(
        ({ username }) => accountOf.test(username) && username !== state.pairing?.username,
      );
      if (stray.length > 0) {
        for (const { username } of stray) dropAccount(username);
        camera.save();
      }
      watch();
    },
    [Symbol.dispose]() {
      renewal?.[Symbol.dispose]();
      renewal = undefined;
    },
  };
}
