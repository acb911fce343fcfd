/** Mails keep their text sealed: the links in them are worth a password. */
export const mailMigration = `
CREATE TABLE mails (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  to_address TEXT NOT NULL,
  subject TEXT NOT NULL,
  sealed_body TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  smtp_state TEXT NOT NULL,
  smtp_attempts INTEGER NOT NULL DEFAULT 0,
  smtp_next_at INTEGER
) STRICT;
CREATE INDEX mails_by_address ON mails(to_address, seq);
CREATE INDEX mails_to_deliver ON mails(smtp_state, smtp_next_at);

CREATE TABLE mail_links (
  token_hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  challenge_hash TEXT NOT NULL,
  generation INTEGER NOT NULL,
  tries_left INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  voided_at INTEGER
) STRICT;
CREATE INDEX mail_links_by_account ON mail_links(account_id, created_at);
`;
