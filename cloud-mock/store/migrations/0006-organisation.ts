/**
 * Organisations, their sites, and who may do what there. A role holds at one site, or (`site_id` '*') at every site that
 * has none of its own; the view `site_access` is the one answer to "which role has this account here".
 *
 * Every account founds one organisation; those that are there already get theirs now, with the VMS Locals they bound.
 * `gateways.label` is the name given in the portal; the gateway goes on to have its own. A revocation with a `gateway_id`
 * holds for that one alone.
 */
export const organisationMigration = `
CREATE TABLE organisations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  founder_id TEXT NOT NULL UNIQUE REFERENCES accounts(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sites_by_name ON sites(organisation_id, name COLLATE NOCASE);

CREATE TABLE members (
  organisation_id TEXT NOT NULL REFERENCES organisations(id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (organisation_id, account_id)
) STRICT;
CREATE INDEX members_by_account ON members(account_id);

CREATE TABLE member_roles (
  organisation_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  site_id TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (organisation_id, account_id, site_id),
  FOREIGN KEY (organisation_id, account_id) REFERENCES members(organisation_id, account_id) ON DELETE CASCADE
) STRICT;

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisations(id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  access TEXT NOT NULL,
  invited_by TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  decided_at INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_open ON invitations(organisation_id, email) WHERE state = 'open';

INSERT INTO organisations (id, name, region, time_zone, founder_id, created_at)
  SELECT region || '-' || lower(hex(randomblob(16))), name || '’s organisation', region, 'UTC', id, created_at FROM accounts;
INSERT INTO members (organisation_id, account_id, joined_at) SELECT id, founder_id, created_at FROM organisations;
INSERT INTO member_roles (organisation_id, account_id, site_id, role) SELECT id, founder_id, '*', 'super_admin' FROM organisations;
INSERT INTO sites (id, organisation_id, name, time_zone, created_at)
  SELECT printf('%d', abs(random() % 9000000000000000) + 1000000000000000), o.id, 'Main site', 'UTC', o.created_at
  FROM organisations o;
INSERT INTO sites (id, organisation_id, name, time_zone, created_at)
  SELECT printf('%d', abs(random() % 9000000000000000) + 1000000000000000), o.id, g.site, 'UTC', o.created_at
  FROM gateways g JOIN organisations o ON o.founder_id = g.account_id
  WHERE g.site IS NOT NULL AND lower(g.site) <> 'main site' GROUP BY o.id, lower(g.site);

ALTER TABLE gateways ADD COLUMN organisation_id TEXT REFERENCES organisations(id) ON DELETE CASCADE;
ALTER TABLE gateways ADD COLUMN site_id TEXT REFERENCES sites(id);
ALTER TABLE gateways ADD COLUMN label TEXT;
UPDATE gateways SET organisation_id = (SELECT id FROM organisations WHERE founder_id = gateways.account_id);
UPDATE gateways SET site_id = (SELECT id FROM sites s WHERE s.organisation_id = gateways.organisation_id
  AND s.name = coalesce(gateways.site, 'Main site') COLLATE NOCASE);
ALTER TABLE gateways DROP COLUMN site;
CREATE INDEX gateways_by_site ON gateways(site_id);

CREATE VIEW site_access AS
  SELECT s.id AS site_id, s.organisation_id, m.account_id, coalesce(here.role, everywhere.role) AS role
  FROM sites s JOIN members m ON m.organisation_id = s.organisation_id
  LEFT JOIN member_roles here
    ON here.organisation_id = m.organisation_id AND here.account_id = m.account_id AND here.site_id = s.id
  LEFT JOIN member_roles everywhere
    ON everywhere.organisation_id = m.organisation_id AND everywhere.account_id = m.account_id AND everywhere.site_id = '*'
  WHERE here.role IS NOT NULL OR everywhere.role IS NOT NULL;

ALTER TABLE revocations ADD COLUMN gateway_id TEXT;
ALTER TABLE audit ADD COLUMN organisation_id TEXT;
CREATE INDEX audit_by_organisation ON audit(organisation_id, seq);
`;
