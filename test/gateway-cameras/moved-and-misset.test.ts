import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { startCameras } from './fleet.ts';
import { pairUp } from './pair-up.ts';
import { type Side, standingClock, startSide, until } from './side.ts';

const dayMs = 86_400_000;

const only = (house: Side) => house.side.cameras.list()[0]!;

// By its clock the certificate of the first is not valid yet, that of the second ran out long ago.
test.each([
  ['years behind, as after a drained battery', -8 * 365 * dayMs],
  ['two years ahead', 730 * dayMs],
])(
  'a camera whose clock is %s is paired, told in right time, and renews by the age of its certificate',
  async (_what, offsetMs) => {
    const clock = standingClock();
    await using house = await startSide({ clock });
    await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340', clockOffsetMs: offsetMs }]);
    const door = fleet.camera('door');
    await pairUp(house, door);
    await until(() => only(house).state === 'online' && only(house).clockOffsetMs !== null);
    expect(Math.abs(only(house).clockOffsetMs! - offsetMs)).toBeLessThan(2_000);
    const first = new X509Certificate(door.camera.state.pairing!.certificate);
    expect(Math.abs(Date.parse(first.validFrom) - clock.now())).toBeLessThan(dayMs);

    door.trigger('motion', { active: true });
    await until(() => house.events.length === 1);
    expect(Math.abs(Date.parse(house.events[0]!.occurredAt) - clock.now())).toBeLessThan(5_000);

    const before = door.camera.state.pairing!.certificate;
    clock.set(clock.now() + 39 * dayMs);
    await clock.advance('1s');
    expect(door.camera.state.pairing!.certificate).toBe(before);
    clock.set(clock.now() + 2 * dayMs);
    await clock.advance('1s');
    await until(() => door.camera.state.pairing!.certificate !== before);
    await until(() => house.side.broker.connections().cameras.length === 1);
  },
);

test('a clock that was set back does not make a camera miss its renewal', async () => {
  const clock = standingClock();
  await using house = await startSide({ clock });
  await using fleet = await startCameras(house, [{ name: 'door', profile: 'c340', clockOffsetMs: 730 * dayMs }]);
  const door = fleet.camera('door');
  await pairUp(house, door);
  await until(() => only(house).state === 'online');
  const before = door.camera.state.pairing!.certificate;
  door.shiftClock(-730 * dayMs);
  const boot = door.reboot();
  await clock.advance('1s');
  await boot;
  await until(() => door.camera.state.pairing!.certificate !== before);
});

test('a camera that moves to another VMS Local leaves nothing behind at the first, and the first cannot speak for it', async () => {
  await using old = await startSide();
  await using next = await startSide({ gatewayId: 'gw_next' });
  await using fleet = await startCameras(old, [{ name: 'door', profile: 'c340' }]);
  const door = fleet.camera('door');
  await pairUp(old, door);
  await until(() => only(old).state === 'online');
  const { username } = door.camera.state.pairing!;

  // Still its own: another one is told so, and the camera stays where it is.
  await expect(pairUp(next, door)).rejects.toMatchObject({ code: 'already_paired' });
  expect(next.side.cameras.list()).toEqual([]);

  // The owner of the camera takes it away at the camera; the old VMS Local is not asked, it may be gone.
  expect(door.pairing.unpair()).toBe(true);
  await until(() => only(old).state !== 'online');
  expect(old.side.broker.connections().cameras).toEqual([]);
  await pairUp(next, door);
  await until(() => only(next).state === 'online');
  expect(door.camera.state.users.map((user) => user.username)).not.toContain(username);
  door.trigger('motion', { active: true });
  await until(() => next.events.length === 1);
  expect(old.events).toEqual([]);
  // The old one still has it in its list, cannot get in any more, and says what is wrong.
  await until(() => only(old).state === 'wrong_password' || only(old).state === 'degraded');

  // Removing it there, late, touches nothing of the new pairing.
  await old.side.cameras.remove(only(old).id);
  door.trigger('motion', { active: false });
  await until(() => next.events.length === 2);
  expect(only(next).state).toBe('online');
  expect(door.pairing.status()).toMatchObject({ state: 'paired', gatewayId: 'gw_next' });
});
