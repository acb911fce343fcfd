import { Code } from '@mantine/core';

/** A code to compare with what another screen shows: it stays on one line. */
export const ShownCode = ({ code }: { code: string }) => (
  <Code fz="inherit" fw={700} c="var(--mantine-color-text)" style={{ whiteSpace: 'nowrap' }}>
    {code}
  </Code>
);
