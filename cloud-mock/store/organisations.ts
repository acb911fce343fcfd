import type { Role } from '../organisation/rights.ts';
import type { Db } from './database.ts';

export interface OrganisationRow {
  id: string;
  name: string;
  region: string;
  timeZone: string;
  founderId: string;
  createdAt: number;
}

const organisationColumns =
  'o.id, o.name, o.region, o.time_zone AS timeZone, o.founder_id AS founderId, o.created_at AS createdAt';

export const organisationsTable = (db: Db) => ({
  insert: (o: OrganisationRow) =>
    db.run(
      'INSERT INTO organisations (id, name, region, time_zone, founder_id, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      o.id,
      o.name,
      o.region,
      o.timeZone,
      o.founderId,
      o.createdAt,
    ),
  byId: (id: string) =>
    db.get<OrganisationRow>(`SELECT ${organisationColumns} FROM organisations o WHERE o.id = ?`, id),
  /** Those the account is a member of, its own first. */
  of: (accountId: string) =>
    db.all<OrganisationRow>(
      `SELECT ${organisationColumns} FROM organisations o JOIN members m ON m.organisation_id = o.id
       WHERE m.account_id = ?1 ORDER BY o.founder_id <> ?1, m.joined_at, o.id`,
      accountId,
    ),
  change: (id: string, { name, timeZone }: { name?: string | undefined; timeZone?: string | undefined }) =>
    db.run(
      'UPDATE organisations SET name = coalesce(?, name), time_zone = coalesce(?, time_zone) WHERE id = ?',
      name ?? null,
      timeZone ?? null,
      id,
    ),
});

export interface SiteRow {
  id: string;
  organisationId: string;
  name: string;
  timeZone: string;
  address: string;
  createdAt: number;
}

const siteColumns =
  's.id, s.organisation_id AS organisationId, s.name, s.time_zone AS timeZone, s.address, s.created_at AS createdAt';

export const sitesTable = (db: Db) => ({
  /** False when the organisation has a site of that name. */
  async insert(s: SiteRow): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO sites (id, organisation_id, name, time_zone, address, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      s.id,
      s.organisationId,
      s.name,
      s.timeZone,
      s.address,
      s.createdAt,
    );
    return changes === 1;
  },
  byId: (id: string) => db.get<SiteRow>(`SELECT ${siteColumns} FROM sites s WHERE s.id = ?`, id),
  of: (organisationId: string) =>
    db.all<SiteRow>(
      `SELECT ${siteColumns} FROM sites s WHERE s.organisation_id = ? ORDER BY s.created_at, s.name`,
      organisationId,
    ),
  /** False when another site of the organisation has that name. */
  async change(
    id: string,
    {
      name,
      timeZone,
      address,
    }: { name?: string | undefined; timeZone?: string | undefined; address?: string | undefined },
  ): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE OR IGNORE sites SET name = coalesce(?, name), time_zone = coalesce(?, time_zone), address = coalesce(?, address)
       WHERE id = ?`,
      name ?? null,
      timeZone ?? null,
      address ?? null,
      id,
    );
    return changes === 1;
  },
  /** False while VMS Locals belong to it, or when it is the last one. Roles for it alone go with it, and whoever has no other. */
  async remove(id: string, organisationId: string): Promise<boolean> {
    const { changes } = await db.run(
      `DELETE FROM sites WHERE id = ?1 AND organisation_id = ?2 AND NOT EXISTS (SELECT 1 FROM gateways WHERE site_id = ?1)
         AND EXISTS (SELECT 1 FROM sites WHERE organisation_id = ?2 AND id <> ?1)`,
      id,
      organisationId,
    );
    if (changes !== 1) return false;
    await db.run('DELETE FROM member_roles WHERE organisation_id = ? AND site_id = ?', organisationId, id);
    await db.run(
      `DELETE FROM members WHERE organisation_id = ?1 AND NOT EXISTS (SELECT 1 FROM member_roles r
         WHERE r.organisation_id = ?1 AND r.account_id = members.account_id)`,
      organisationId,
    );
    return true;
  },
});

export interface MemberRow {
  accountId: string;
  email: string;
  name: string;
  secondFactor: number;
  joinedAt: number;
}

/** A role at a gateway, by way of its site. */
export interface GatewayRole {
  gatewayId: string;
  accountId: string;
  role: Role;
}

export const membersTable = (db: Db) => ({
  /** Let somebody in, or leave them as they are. */
  join: (organisationId: string, accountId: string, at: number) =>
    db.run(
      'INSERT INTO members (organisation_id, account_id, joined_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      organisationId,
      accountId,
      at,
    ),
  async leave(organisationId: string, accountId: string): Promise<boolean> {
    const { changes } = await db.run(
      'DELETE FROM members WHERE organisation_id = ? AND account_id = ?',
      organisationId,
      accountId,
    );
    return changes === 1;
  },
  of: (organisationId: string) =>
    db.all<MemberRow>(
      `SELECT a.id AS accountId, a.email, a.name, EXISTS (SELECT 1 FROM second_factors f WHERE f.account_id = a.id) AS secondFactor,
         m.joined_at AS joinedAt
       FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.organisation_id = ? ORDER BY m.joined_at, a.email`,
      organisationId,
    ),
  /** What one member, or every member, was given. */
  grants: (organisationId: string, accountId: string) =>
    db.all<{ site: string; role: Role }>(
      `SELECT site_id AS site, role FROM member_roles WHERE organisation_id = ? AND account_id = ? ORDER BY site_id`,
      organisationId,
      accountId,
    ),
  async setGrants(organisationId: string, accountId: string, access: readonly { site: string; role: Role }[]) {
    await db.run('DELETE FROM member_roles WHERE organisation_id = ? AND account_id = ?', organisationId, accountId);
    for (const { site, role } of access) {
      await db.run(
        'INSERT INTO member_roles (organisation_id, account_id, site_id, role) VALUES (?, ?, ?, ?)',
        organisationId,
        accountId,
        site,
        role,
      );
    }
  },
  /** Ids of the Super Admins, the founder first. */
  async superAdmins(organisationId: string): Promise<string[]> {
    const rows = await db.all<{ id: string }>(
      `SELECT r.account_id AS id FROM member_roles r JOIN organisations o ON o.id = r.organisation_id
       JOIN members m ON m.organisation_id = r.organisation_id AND m.account_id = r.account_id
       WHERE r.organisation_id = ? AND r.role = 'super_admin' ORDER BY r.account_id <> o.founder_id, m.joined_at, r.account_id`,
      organisationId,
    );
    return rows.map(({ id }) => id);
  },
  async roleAtSite(accountId: string, siteId: string): Promise<Role | undefined> {
    const sql = 'SELECT role FROM site_access WHERE site_id = ? AND account_id = ?';
    return (await db.get<{ role: Role }>(sql, siteId, accountId))?.role;
  },
  async roleAtGateway(accountId: string, gatewayId: string): Promise<Role | undefined> {
    const sql =
      'SELECT a.role FROM gateways g JOIN site_access a ON a.site_id = g.site_id WHERE g.id = ? AND a.account_id = ?';
    return (await db.get<{ role: Role }>(sql, gatewayId, accountId))?.role;
  },
  /** Everybody with a role at a gateway. */
  atGateway: (gatewayId: string) =>
    db.all<{ sub: string; email: string; name: string; role: Role }>(
      `SELECT c.id AS sub, c.email, c.name, a.role FROM gateways g JOIN site_access a ON a.site_id = g.site_id
       JOIN accounts c ON c.id = a.account_id WHERE g.id = ? ORDER BY c.email`,
      gatewayId,
    ),
  /** All roles at all gateways of an organisation. */
  gatewayRoles: (organisationId: string) =>
    db.all<GatewayRole>(
      `SELECT g.id AS gatewayId, a.account_id AS accountId, a.role FROM gateways g
       JOIN site_access a ON a.site_id = g.site_id WHERE g.organisation_id = ?`,
      organisationId,
    ),
});
