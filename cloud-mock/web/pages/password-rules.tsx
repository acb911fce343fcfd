import { List, ThemeIcon } from '@mantine/core';
import { IconCheck, IconPoint } from '@tabler/icons-react';
import type { ReactNode } from 'react';

const shortest = 8;
const longest = 128;

/** What the page itself can see is wrong; the cloud also knows the passwords everybody uses. */
export function passwordFault(password: string): string | undefined {
  const length = [...password].length;
  if (length < shortest) return `Use at least ${shortest} characters.`;
  return length > longest ? `Use at most ${longest} characters.` : undefined;
}

/** The rules, told before they are broken. */
export const PasswordRules = ({ password }: { password: string }) => (
  <List size="sm" lh={1.4} spacing={4} c="dimmed" listStyleType="none" styles={{ item: { lineHeight: 1.4 } }}>
    <Rule met={passwordFault(password) === undefined}>
      {shortest} to {longest} characters; a few words in a row are good
    </Rule>
    <Rule>Not one of the passwords everybody uses</Rule>
    <Rule>Capitals, digits and signs are welcome, none is demanded</Rule>
  </List>
);

const Rule = ({ met, children }: { met?: boolean; children: ReactNode }) => (
  <List.Item
    icon={
      <ThemeIcon size={18} radius="xl" variant="transparent" color={met ? 'teal' : 'gray'} aria-hidden>
        {met ? <IconCheck size={16} /> : <IconPoint size={16} />}
      </ThemeIcon>
    }
  >
    {children}
  </List.Item>
);
