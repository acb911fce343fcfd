import {
  type CommandName,
  commandNames,
  commandPayload,
  type ReplyPayload,
  type StatusPayload,
  type TelemetryPayload,
} from '../../core/mqtt/payloads.ts';
import { cameraDown, cameraUp, isTopicLevel, parseCameraTopic } from '../../core/mqtt/topics.ts';
import { formatBrokerEvent, type OnvifEvent } from '../../core/onvif/event.ts';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { hint } from '../../core/runtime/settings.ts';
import type { PairingState } from '../camera.ts';
import { dialFrom } from '../pairing/dial-from.ts';
import { mutualTls } from '../pairing/enrol.ts';
import type { SimCamera } from '../sim-camera.ts';
import { type Message, startSender } from './sender.ts';

/** The connection of a paired camera to its gateway (DESIGN §7; our own design). */
export interface Link extends AsyncDisposable {
  readonly online: boolean;
  /** Goodbye for good: the gateway keeps no word of this camera. */
  leave(): Promise<void>;
  /** The network goes or comes back. The broker tells by the will; events wait here. */
  reachable(on: boolean): void;
  /** The pairing was renewed: connect anew with the new certificate. */
  renew(pairing: PairingState): void;
  /** The power goes: no goodbye, the broker tells by the will. */
  cut(): void;
}

export interface LinkOptions {
  camera: SimCamera;
  pairing: PairingState;
  viewers(): number;
  uptimeMs(): number;
  /** Obey `unpair`, after the answer has left. */
  unpair(): void;
  /** The gateway has not let us in a few times: it may have removed us while we were away. */
  suspect(): void;
}

const telemetryMs = 60_000;
const keepaliveSeconds = 20;
/** Commands remembered, so that one delivered twice is answered again but obeyed once. */
const commandsRemembered = 64;

export function startLink(options: LinkOptions, deps: RuntimeDeps): Link {
  const { camera, viewers, uptimeMs, unpair, suspect } = options;
  const { gatewayId, clientId } = options.pairing;
  let { pairing } = options;
  const isoNow = () => new Date(camera.clock.now()).toISOString();
  const up = (path: string[], payload: object, retain = false): Message => ({
    topic: cameraUp(gatewayId, clientId, ...path),
    payload: JSON.stringify(payload),
    qos: 1,
    retain,
  });
  const status = (online: boolean) =>
    up(
      ['status'],
      {
        online,
        at: isoNow(),
        firmware: camera.profile.firmware,
        bootCount: camera.state.bootCount,
      } satisfies StatusPayload,
      true,
    );
  const telemetry = () =>
    up(['telemetry'], {
      at: isoNow(),
      uptimeSeconds: Math.round(uptimeMs() / 1000),
      bitrateKbps: camera.state.videoEncoders[0]?.bitrateKbps ?? 0,
      viewers: viewers(),
    } satisfies TelemetryPayload);
  const event = (one: OnvifEvent): Message => ({ ...formatBrokerEvent(pairing.topicPrefix, one), qos: 1 });
  const properties = () => camera.events.properties().map(event);

  const commands: Record<CommandName, { result: () => unknown; afterwards?: () => void }> = {
    reboot: { result: () => ({}), afterwards: () => camera.reboot() },
    unpair: { result: () => ({}), afterwards: unpair },
    identify: {
      result: () => ({
        name: camera.state.deviceName,
        model: camera.profile.model,
        serial: camera.identity.serial,
        mac: camera.identity.mac,
      }),
    },
    sync: {
      result: () => {
        for (const message of [status(true), telemetry(), ...properties()]) sender.publish(message);
        return { properties: camera.events.properties().length };
      },
    },
  };
  const answered = new Map<string, ReplyPayload>();
  const obey = (name: string, payload: Buffer) => {
    const parsed = commandPayload.safeParse(readJson(payload));
    camera.received(
      { protocol: 'mqtt', what: `MQTT ${name}`, peer: gatewayId, outcome: parsed.success ? 'ok' : 'unreadable' },
      () => ({ request: { start: `PUBLISH …/down/command/${name}`, body: payload.toString('utf8') } }),
    );
    // Without an id that can stand in a topic there is nowhere to answer.
    if (!parsed.success || !isTopicLevel(parsed.data.id)) return;
    const { id } = parsed.data;
    const before = answered.get(id);
    const known = commandNames.find((one) => one === name);
    const command = known && commands[known];
    const reply: ReplyPayload =
      before ??
      (command
        ? { id, ok: true, result: command.result() }
        : { id, ok: false, error: `there is no command "${name}"${hint(name, commandNames)}` });
    answered.set(id, reply);
    for (const oldest of answered.keys()) if (answered.size > commandsRemembered) answered.delete(oldest);
    sender.publish(up(['reply', id], reply));
    if (!before && command?.afterwards) afterReply(command.afterwards);
  };
  /** The answer leaves first; the socket takes what was written before it is closed. */
  const afterReply = (act: () => void) => void setImmediate(act);

  const sender = startSender(
    {
      connection: () => ({
        protocol: 'mqtts',
        host: pairing.gatewayHost,
        port: pairing.mqttPort,
        clientId,
        // The broker keeps commands for a camera that is away.
        clean: false,
        keepalive: keepaliveSeconds,
        will: { ...status(false), payload: Buffer.from(status(false).payload) },
        minVersion: 'TLSv1.3',
        servername: '',
        localAddress: dialFrom(camera),
        ...mutualTls(pairing),
      }),
      onConnect(client) {
        client.subscribe(cameraDown(gatewayId, clientId, 'command', '+'), { qos: 1 });
        camera.log.info({ gateway: gatewayId }, 'linked');
        return [status(true)];
      },
      onMessage(topic, payload) {
        const parsed = parseCameraTopic(topic);
        if (parsed?.direction === 'down' && parsed.path[0] === 'command' && parsed.path.length === 2)
          obey(parsed.path[1]!, payload);
      },
      onOverflow: () => properties().forEach((message) => void sender.publish(message)),
      onProblem: (reason) => camera.log.debug({ reason }, 'link lost'),
      // Asked at the second refusal and then ever more rarely: the 4th, the 8th …
      onRefused: (times) => times > 1 && (times & (times - 1)) === 0 && suspect(),
    },
    deps,
  );
  // Retained values outlive a lost connection, not a boot: what stands is told once, later changes as they come.
  for (const message of properties()) sender.publish(message);
  const hearing = camera.events.subscribe((one) => sender.publish(event(one)));
  const minutes = startInterval(deps.clock, telemetryMs, () => {
    if (sender.status === 'Connected') sender.publish(telemetry());
  });
  const stopHearing = () => {
    hearing[Symbol.dispose]();
    minutes[Symbol.dispose]();
  };

  return {
    get online() {
      return sender.status === 'Connected';
    },
    reachable: sender.reachable,
    renew(renewed) {
      pairing = renewed;
      sender.redial();
    },
    cut() {
      stopHearing();
      sender.cut();
    },
    async leave() {
      stopHearing();
      await sender.end();
    },
    async [Symbol.asyncDispose]() {
      stopHearing();
      await sender.end(status(false));
    },
  };
}

function readJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
