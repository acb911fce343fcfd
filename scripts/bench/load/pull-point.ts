import { type Agent, request } from 'node:http';
import type { Clock } from '../../../core/runtime/clock.ts';
import type { Random } from '../../../core/runtime/random.ts';
import { formatEnvelope, parseEnvelope } from '../../../core/soap/envelope.ts';
import { formatUsernameToken } from '../../../core/soap/ws-security.ts';
import { childrenOf, textAt, type Xml, xml } from '../../../core/soap/xml.ts';

export interface PullPointOptions {
  onvifUrl: string;
  username: string;
  password: string;
  agent: Agent;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  onEvents(count: number): void;
}

const renewEveryMs = 30_000;
const longestAnswerMs = 30_000;

/** Subscribe, pull and renew until the signal fires; rejects with the first thing that goes wrong. */
export async function pullEvents({ onvifUrl, agent, clock, random, signal, onEvents, ...account }: PullPointOptions) {
  const ask = async (url: string, body: Xml) => {
    const token = formatUsernameToken({
      ...account,
      nonce: random.bytes(16),
      created: new Date(clock.now()).toISOString(),
    });
    const { status, text } = await post(agent, url, formatEnvelope(body, ['tev', 'wsnt'], token));
    if (status !== 200) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
    return parseEnvelope(text).body;
  };
  const made = await ask(
    onvifUrl,
    xml`<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT120S</tev:InitialTerminationTime></tev:CreatePullPointSubscription>`,
  );
  const address = textAt(made, 'SubscriptionReference', 'Address');
  if (!address) throw new Error('the subscription has no address');
  for (let renewedAt = clock.now(); !signal.aborted; ) {
    const pulled = await ask(
      address,
      xml`<tev:PullMessages><tev:Timeout>PT2S</tev:Timeout><tev:MessageLimit>20</tev:MessageLimit></tev:PullMessages>`,
    );
    onEvents(childrenOf(pulled, 'NotificationMessage').length);
    if (clock.now() - renewedAt < renewEveryMs) continue;
    await ask(address, xml`<wsnt:Renew><wsnt:TerminationTime>PT120S</wsnt:TerminationTime></wsnt:Renew>`);
    renewedAt = clock.now();
  }
  await ask(address, xml`<wsnt:Unsubscribe/>`);
}

function post(agent: Agent, url: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { agent, method: 'POST', headers: { 'content-type': 'application/soap+xml' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    asked.setTimeout(longestAnswerMs, () => asked.destroy(new Error('no answer within 30 s')));
    asked.on('error', reject);
    asked.end(body);
  });
}
