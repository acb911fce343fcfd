import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { mutualTls, type Paired } from './device.ts';

/** Connected, or rejected when the broker refuses or just closes. */
export const connectOnce = (more: IClientOptions) =>
  new Promise<MqttClient>((resolve, reject) => {
    const client = connect({ reconnectPeriod: 0, connectTimeout: 5_000, ...more });
    client.once('connect', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });

/** Connected as a camera; disposing cuts the socket. */
export async function asCamera(paired: Paired, more: IClientOptions = {}) {
  const { key, cert, ca } = mutualTls(paired);
  return held(
    await connectOnce({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: paired.mqttPort,
      clientId: paired.clientId,
      key: key as string,
      cert: cert as string,
      ca: ca as string,
      rejectUnauthorized: true,
      ...({ checkServerIdentity: () => undefined } as object),
      ...more,
    }),
  );
}

/** A client with what it heard, and whether it was cut off. */
export function held(client: MqttClient) {
  client.on('error', () => undefined);
  const heard: { topic: string; text: string; retain: boolean }[] = [];
  client.on('message', (topic, payload, { retain }) => heard.push({ topic, text: payload.toString(), retain }));
  let closed = false;
  client.on('close', () => {
    closed = true;
  });
  return {
    client,
    heard,
    get closed() {
      return closed;
    },
    [Symbol.dispose]: () => void client.end(true),
  };
}
