import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { Account } from '../../api/shapes.ts';
import { CopyAction } from '../../parts/copy-action.tsx';
import classes from './account.module.css';

const recoveryFile = (account: Account, codes: string[]) =>
  [
    `Recovery codes of ${account.email}`,
    'TP-Link ID (simulated), Vigil VMS Cloud',
    '',
    'Each code works once, in place of the 6-digit code.',
    '',
    ...codes,
    '',
  ].join('\n');

function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface Props {
  account: Account;
  codes: string[];
  onSaved(): void;
  /** How things stand now. */
  children: ReactNode;
}

/** Shown once: copy, download, and a word that it was done. */
export function RecoveryCodes({ account, codes, onSaved, children }: Props) {
  const [saved, setSaved] = useState(false);
  return (
    <Stack gap="md">
      <Text>
        {children} When your phone is lost, one of these codes signs you in instead. Each works once, and{' '}
        <strong>they are not shown again</strong>.
      </Text>
      <ol className={classes.codes} aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group gap="sm">
        <CopyAction value={codes.join('\n')} label="Copy all" data-autofocus />
        <Button
          variant="default"
          size="sm"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download('vigil-recovery-codes.txt', recoveryFile(account, codes))}
        >
          Download
        </Button>
      </Group>
      <Checkbox
        label="I saved them in a safe place"
        checked={saved}
        onChange={(event) => setSaved(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button disabled={!saved} onClick={onSaved}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
