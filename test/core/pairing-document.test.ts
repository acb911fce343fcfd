import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { refusalCodes } from '../../core/pairing/messages.ts';
import { proof, type Transcript, transcriptHash } from '../../core/pairing/transcript.ts';
import { ticketArrows } from '../../gateway/pairing/ticket-life.ts';

const page = readFileSync(new URL('../../docs/pairing.md', import.meta.url), 'utf8');
/** The cells of the table row that begins with a name. */
const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| ${name} |`))!;
const value = (name: string) => [...row(name).matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
const bytes = (text: string) => Buffer.alloc(32, Number.parseInt(text, 16));

test('the example of the pairing page is what this code computes', () => {
  const [serial, gatewayId, ticketId] = value('serial, gatewayId, ticketId');
  const [cameraNonce, gatewayNonce, channel] = value('camera nonce, gateway nonce, exporter').map(bytes);
  const [caCertificate, certificateRequest] = value('CA certificate, request').map((text) => Buffer.from(text));
  const secret = Buffer.from(value('K')[0]!, 'hex');
  const transcript = {
    serial,
    gatewayId,
    ticketId,
    cameraNonce,
    gatewayNonce,
    caCertificate,
    certificateRequest,
    device: value('device')[0],
    channel,
  } as Transcript;
  expect(value('printed')).toEqual([formatLabelSecret(secret)]);
  expect(value('T')).toEqual([transcriptHash(transcript).toString('hex')]);
  for (const who of ['gateway', 'camera'] as const)
    expect(value(`proof(${who})`)).toEqual([proof(who, secret, transcript).toString('hex')]);
});

test('the pairing page names every refusal and every arrow of a ticket', () => {
  for (const code of refusalCodes) expect(page).toContain(`| \`${code}\` |`);
  const life = page.slice(page.indexOf('### The life of a ticket'));
  for (const arrow of Object.keys(ticketArrows))
    expect(life).toMatch(new RegExp(arrow.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)));
});
