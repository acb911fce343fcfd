import { Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { CopyButton } from '../parts/copy.tsx';
import { Fault } from '../parts/notice.tsx';
import { span } from '../parts/time-text.ts';
import { useNow } from '../runtime/clock-context.tsx';
import type { CloudAccess } from '../wire.ts';
import { confirmUrl, useUnbind } from './bind.ts';
import classes from './cloud-access.module.css';

export function Pending({ access, mayChange }: { access: CloudAccess; mayChange: boolean }) {
  const now = useNow();
  const cancel = useUnbind();
  const url = confirmUrl(access);
  const leftMs = access.expiresAt ? Date.parse(access.expiresAt) - now : undefined;
  return (
    <Stack>
      <Title order={2}>Waiting for your approval</Title>
      <Text size="sm">Approve this gateway in the cloud. The code shown there has to be the same as here:</Text>
      {access.userCode && (
        <div className={classes.code}>
          <output aria-label="Code">{access.userCode}</output>
          <CopyButton value={access.userCode} label="Copy code" />
        </div>
      )}
      <Group gap="sm" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm" c="dimmed" className="numbers">
          Waiting
          {leftMs !== undefined &&
            (leftMs > 0 ? `; the code is good for another ${span(leftMs)}` : '; the code has run out')}
        </Text>
      </Group>
      {cancel.error && <Fault error={cancel.error} />}
      <Group>
        {url && (
          <Button
            component="a"
            href={url}
            target="_blank"
            rel="noreferrer"
            leftSection={<IconExternalLink size={18} />}
          >
            Open the cloud’s page
          </Button>
        )}
        {mayChange && (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
      </Group>
    </Stack>
  );
}
