/** The terminal that a challenge was opened from (JSON): the App names it at the login, not with the code. */
export const challengeTerminalMigration = `
ALTER TABLE challenges ADD COLUMN terminal TEXT;
`;
