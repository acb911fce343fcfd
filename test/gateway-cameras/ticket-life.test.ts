import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  liveStates,
  type TicketArrow,
  type TicketState,
  ticketArrows,
  ticketStates,
} from '../../gateway/pairing/ticket-life.ts';
import {
  burnOpenTicket,
  burnTicket,
  claimTicket,
  endDeadTickets,
  issueTicket,
  maxTries,
  proveTicket,
  releaseTickets,
  returnTicket,
} from '../../gateway/store/pairing-tickets.ts';
import { newDevice, newTicket } from './device.ts';
import { type Side, startSide } from './side.ts';

const held = { id: 'T', ticketHash: Buffer.from('hash'), serial: 'SIM1', claim: 'me', now: 2_000 };

/** What each arrow is in the store. */
const take: Record<TicketArrow, (house: Side) => Promise<unknown>> = {
  claim: ({ db }) => claimTicket(db, held),
  prove: ({ db }) => proveTicket(db, held),
  issue: ({ db }) => issueTicket(db, { ...held, cameraId: 'camera' }),
  giveBack: ({ db }) => returnTicket(db, { ...held, refusal: 'connection_lost' }),
  release: ({ db }) => releaseTickets(db, held.now),
  replace: ({ db }) => burnOpenTicket(db, { ...held, operatorSub: 'owner', refusal: 'replaced' }),
  cancel: ({ db }) => burnTicket(db, { ...held, refusal: 'cancelled' }),
  expire: ({ db }) => endDeadTickets(db, 10_000),
  async disown(house) {
    await house.db.run('INSERT INTO cloud_revocations (sub, at) VALUES (?, ?)', ['owner', 1_500]);
    await endDeadTickets(house.db, held.now);
  },
};

test('in the store each arrow leaves exactly the states that the table gives it, and leads where it says', async () => {
  await using house = await startSide();
  await newTicket(house, newDevice('SIM1'));
  const taken = new Map<TicketArrow, Map<TicketState, Set<TicketState>>>();
  for (const arrow of Object.keys(take) as TicketArrow[])
    for (const before of ticketStates)
      for (const tries of [0, maxTries - 1, maxTries]) {
        await house.db.run('DELETE FROM cloud_revocations');
        await house.db.run(
          `UPDATE pairing_tickets SET id = 'T', ticket_hash = ?, state = ?, tries = ?, claim = ?, secret_sealed = 'x',
             created_at = 1000, expires_at = 9000, ended_at = NULL, camera_id = NULL`,
          [held.ticketHash, before, tries, ['claimed', 'proving'].includes(before) ? held.claim : null],
        );
        await take[arrow](house);
        const { state: after } = (await house.db.get<{ state: TicketState }>('SELECT state FROM pairing_tickets'))!;
        if (after === before) continue;
        const from = taken.get(arrow) ?? new Map<TicketState, Set<TicketState>>();
        taken.set(arrow, from);
        from.set(before, (from.get(before) ?? new Set()).add(after));
      }
  const table = Object.fromEntries(
    [...taken].map(([arrow, from]) => [
      arrow,
      { from: [...from.keys()].sort(), to: [...new Set([...from.values()].flatMap((to) => [...to]))].sort() },
    ]),
  );
  expect(table).toEqual(
    Object.fromEntries(
      Object.entries(ticketArrows).map(([arrow, { from, to }]) => [
        arrow,
        { from: [...from].sort(), to: [...to].sort() },
      ]),
    ),
  );
});

test('a ticket that has ended leaves no label secret behind', async () => {
  await using house = await startSide();
  await newTicket(house, newDevice('SIM1'));
  for (const arrow of ['issue', 'giveBack', 'release', 'replace', 'cancel', 'expire', 'disown'] as const)
    for (const before of ticketArrows[arrow].from) {
      await house.db.run('DELETE FROM cloud_revocations');
      await house.db.run(
        `UPDATE pairing_tickets SET id = 'T', ticket_hash = ?, state = ?, tries = ?, claim = 'me', secret_sealed = 'x',
           created_at = 1000, expires_at = 9000, ended_at = NULL`,
        [held.ticketHash, before, maxTries],
      );
      await take[arrow](house);
      expect(await house.db.get('SELECT secret_sealed AS secret, claim FROM pairing_tickets')).toEqual({
        secret: null,
        claim: arrow === 'replace' ? 'me' : null,
      });
    }
});

test('the model that Spin checks has the same arrows', () => {
  const model = readFileSync(new URL('../../gateway/pairing/pairing.pml', import.meta.url), 'utf8');
  const arrows = new Map<string, { from: Set<string>; to: Set<string> }>();
  const body = model.slice(model.indexOf('mtype ='));
  for (const [, name, from, to] of body.matchAll(/ARROW\((\w+), (\w+), (\w+),/g)) {
    const arrow = arrows.get(name!) ?? { from: new Set(), to: new Set() };
    arrow.from.add(from!);
    arrow.to.add(to!);
    arrows.set(name!, arrow);
  }
  expect(Object.fromEntries(arrows)).toEqual(
    Object.fromEntries(
      Object.entries(ticketArrows).map(([name, { from, to }]) => [name, { from: new Set(from), to: new Set(to) }]),
    ),
  );
  expect(liveStates).toEqual(ticketArrows.expire.from);
});
