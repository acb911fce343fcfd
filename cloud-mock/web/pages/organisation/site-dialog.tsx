import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call, isApiError } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Organisation, Site } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

interface Props {
  organisation: Organisation;
  /** The site to change, `new` for one more, `organisation` for the organisation itself. */
  subject: Site | 'new' | 'organisation';
  onClose(): void;
}

/** Name, time zone and address of a site; name and time zone of the organisation. */
export function SiteDialog({ organisation, subject, onClose }: Props) {
  const client = useQueryClient();
  const before = subject === 'organisation' ? organisation : subject === 'new' ? undefined : subject;
  const [name, setName] = useState(before?.name ?? '');
  const [timeZone, setTimeZone] = useState(before?.timeZone ?? organisation.timeZone);
  const [address, setAddress] = useState(before && 'address' in before ? before.address : '');
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const save = useMutation({
    mutationFn: () => {
      if (subject === 'organisation')
        return call<void>('PATCH', `/organisations/${organisation.id}`, { body: { name, timeZone } });
      const body = { name, timeZone, address };
      return subject === 'new'
        ? call<unknown>('POST', `/organisations/${organisation.id}/sites`, { body })
        : call<void>('PATCH', `/sites/${subject.id}`, { body });
    },
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.organisations });
      client.invalidateQueries({ queryKey: keys.gateways });
      onClose();
    },
    onError: () => field.current?.focus(),
  });
  const taken = isApiError(save.error, 'site_exists');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    setMissing(!name.trim());
    if (name.trim()) save.mutate();
    else field.current?.focus();
  };
  const title =
    subject === 'organisation' ? 'Edit organisation' : subject === 'new' ? 'Add a site' : `Edit ${subject.name}`;
  return (
    <Dialog opened onClose={onClose} title={title} keepOnClickOutside>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {!taken && <ProblemNote error={save.error} />}
          <TextInput
            ref={field}
            label="Name"
            maxLength={64}
            value={name}
            data-autofocus
            error={missing ? 'Enter a name.' : taken ? 'There is a site of that name already.' : undefined}
            errorProps={{ role: 'alert' }}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setMissing(false);
              if (taken) save.reset();
            }}
          />
          <NativeSelect
            label="Time zone"
            size="md"
            data={zones}
            value={timeZone}
            onChange={(event) => setTimeZone(event.currentTarget.value)}
          />
          {subject !== 'organisation' && (
            <TextInput
              label="Address"
              description="Where it is, for people; may be left out."
              maxLength={200}
              value={address}
              onChange={(event) => setAddress(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {subject === 'new' ? 'Add' : 'Save'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
