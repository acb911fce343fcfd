import type { IClientOptions } from 'mqtt';
import { formatBrokerEvent, type OnvifEvent } from '../../core/onvif/event.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { EventBrokerState, EventBrokerStatus } from '../camera.ts';
import { parseOwnTopicFilter } from '../onvif/topic-filter.ts';
import { dialFrom } from '../pairing/dial-from.ts';
import type { SimCamera } from '../sim-camera.ts';
import { type Sender, startSender } from './sender.ts';

/** Keeps one connection for each event broker in the camera's state (ONVIF Core §9.12). */
export interface EventBrokers extends AsyncDisposable {
  /** Brokers were added, changed or deleted. */
  follow(): void;
  status(address: string): EventBrokerStatus;
  reachable(on: boolean): void;
  cut(): void;
}

interface Running {
  as: string;
  sender: Sender;
  hearing: Disposable;
}

export function createEventBrokers(camera: SimCamera, deps: RuntimeDeps): EventBrokers {
  const running = new Map<string, Running>();

  const start = (broker: EventBrokerState): Running => {
    const message = (event: OnvifEvent) => ({ ...formatBrokerEvent(broker.topicPrefix, event), qos: broker.qos });
    const filter = broker.filter === undefined ? undefined : parseOwnTopicFilter(broker.filter);
    const wanted = ({ topic }: OnvifEvent) => filter?.matches(topic) ?? true;
    const properties = () => camera.events.properties().filter(wanted).map(message);
    const sender = startSender(
      {
        connection: () => connectionTo(broker, camera),
        onOverflow: () => properties().forEach((one) => void sender.publish(one)),
        onProblem: (reason) => camera.log.debug({ reason, broker: broker.address }, 'event broker lost'),
      },
      deps,
    );
    // Retained values outlive a lost connection, not a boot: what stands is told once, later changes as they come.
    for (const one of properties()) sender.publish(one);
    const hearing = camera.events.subscribe((event) => {
      if (wanted(event)) sender.publish(message(event));
    });
    return { as: JSON.stringify(broker), sender, hearing };
  };
  const stop = (one: Running) => {
    one.hearing[Symbol.dispose]();
    return one.sender.end();
  };
  const follow = () => {
    const wanted = new Map(camera.state.eventBrokers.map((broker) => [broker.address, broker]));
    for (const [address, one] of running) {
      const broker = wanted.get(address);
      if (broker && JSON.stringify(broker) === one.as) continue;
      running.delete(address);
      void stop(one);
    }
    for (const [address, broker] of wanted) if (!running.has(address)) running.set(address, start(broker));
  };

  return {
    follow,
    status: (address) => running.get(address)?.sender.status ?? 'Offline',
    reachable(on) {
      for (const one of running.values()) one.sender.reachable(on);
    },
    cut() {
      for (const one of running.values()) {
        one.hearing[Symbol.dispose]();
        one.sender.cut();
      }
      running.clear();
    },
    async [Symbol.asyncDispose]() {
      const all = [...running.values()];
      running.clear();
      await Promise.all(all.map(stop));
    },
  };
}

const defaultPorts: Record<string, number> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };

/** Broker addresses are `scheme://host:port[/resource]`; without a validation policy TLS checks no certificate (§9.12.2). */
function connectionTo(broker: EventBrokerState, camera: SimCamera): IClientOptions {
  const url = new URL(broker.address);
  const protocol = url.protocol.slice(0, -1) as 'mqtt' | 'mqtts' | 'ws' | 'wss';
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || defaultPorts[protocol],
    ...(protocol.startsWith('ws') ? { path: url.pathname === '/' ? '/mqtt' : url.pathname + url.search } : {}),
    clientId: `${camera.identity.serial}-${brokerNumber(camera, broker)}`,
    clean: true,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(broker.password === undefined ? {} : { password: broker.password }),
    rejectUnauthorized: false,
    // Passed on to net.connect; the library's types do not know it.
    ...({ localAddress: dialFrom(camera) } as object),
  };
}

/** One broker under two addresses must not see one client id twice. */
const brokerNumber = (camera: SimCamera, { address }: EventBrokerState) =>
  camera.state.eventBrokers.findIndex((one) => one.address === address) + 1;
