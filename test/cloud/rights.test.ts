import { expect, test } from 'vitest';
import {
  type Grant,
  may,
  mayGrant,
  type Right,
  type Role,
  rights,
  roleAt,
  roles,
  whyNoAccess,
} from '../../cloud-mock/organisation/rights.ts';

/** The table as the README shows it: who may what, at the sites where the role holds. */
const table: Record<Right, Role[]> = {
  'organisation.change': ['super_admin'],
  'site.make': ['super_admin'],
  'site.remove': ['super_admin'],
  'audit.read': ['super_admin'],
  'site.change': ['super_admin', 'admin'],
  'user.manage': ['super_admin', 'admin'],
  'gateway.bind': ['super_admin', 'admin'],
  'gateway.change': ['super_admin', 'admin'],
  'gateway.unbind': ['super_admin', 'admin'],
  'device.pair': ['super_admin', 'admin', 'operator'],
  'device.command': ['super_admin', 'admin', 'operator'],
  'device.see': [...roles],
  'gateway.open': [...roles],
};

test.each(Object.keys(rights) as Right[])('%s belongs to the roles of the table and to nobody else', (right) => {
  expect(roles.filter((role) => may(role, right))).toEqual(table[right]);
  expect(may(undefined, right)).toBe(false);
});

test('the role of a site goes before the one for every site', () => {
  const access: Grant[] = [
    { site: '*', role: 'viewer' },
    { site: 'a', role: 'operator' },
  ];
  expect([roleAt(access, 'a'), roleAt(access, 'b'), roleAt(access.slice(1), 'b')]).toEqual([
    'operator',
    'viewer',
    undefined,
  ]);
});

const superAdmin: Grant[] = [{ site: '*', role: 'super_admin' }];
const adminOfA: Grant[] = [{ site: 'a', role: 'admin' }];
test.each<[string, Grant[], Grant[], boolean]>([
  ['a Super Admin makes another one', superAdmin, superAdmin, true],
  ['an Admin lets operators in at the own site', adminOfA, [{ site: 'a', role: 'operator' }], true],
  ['an Admin makes no Admin', adminOfA, [{ site: 'a', role: 'admin' }], false],
  ['an Admin lets nobody in elsewhere', adminOfA, [{ site: 'b', role: 'live_only' }], false],
  ['an Admin of one site lets nobody in everywhere', adminOfA, [{ site: '*', role: 'live_only' }], false],
  ['an Admin everywhere does', [{ site: '*', role: 'admin' }], [{ site: '*', role: 'operator' }], true],
  ['an Operator lets nobody in', [{ site: '*', role: 'operator' }], [{ site: '*', role: 'live_only' }], false],
  ['nobody lets nobody in', [], [{ site: 'a', role: 'live_only' }], false],
])('%s', (_, own, access, allowed) => {
  expect(mayGrant(own, access)).toBe(allowed);
});

test.each<[Grant[], RegExp]>([
  [[], /at least one site/],
  [
    [
      { site: 'a', role: 'viewer' },
      { site: 'a', role: 'admin' },
    ],
    /twice/,
  ],
  [[{ site: 'elsewhere', role: 'viewer' }], /not of this organisation/],
  [[{ site: 'a', role: 'super_admin' }], /at every site/],
  [
    [
      { site: '*', role: 'super_admin' },
      { site: 'a', role: 'viewer' },
    ],
    /at every site/,
  ],
])('access that makes no sense is refused with the reason: %j', (access, reason) => {
  expect(whyNoAccess(access, new Set(['a']))).toMatch(reason);
});
