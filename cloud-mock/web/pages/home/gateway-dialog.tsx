import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { call } from '../../api/client.ts';
import { keys, useOrganisations } from '../../api/queries.ts';
import type { Gateway } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

/** Name a VMS Local for the portal, or move it to another site. */
export function GatewayDialog({ gateway, onClose }: { gateway: Gateway; onClose(): void }) {
  const client = useQueryClient();
  const organisations = useOrganisations();
  const [name, setName] = useState(gateway.name);
  const [siteId, setSiteId] = useState(gateway.site.id);
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const sites =
    organisations.data
      ?.find(({ id }) => id === gateway.organisationId)
      ?.sites.filter(({ id, rights }) => id === gateway.site.id || rights.includes('gateway.bind')) ?? [];
  const save = useMutation({
    mutationFn: () =>
      call<void>('PATCH', `/gateways/${encodeURIComponent(gateway.id)}`, {
        body: { name: name.trim(), ...(siteId === gateway.site.id ? {} : { siteId }) },
      }),
    async onSuccess() {
      await client.invalidateQueries({ queryKey: keys.gateways });
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    setMissing(!name.trim());
    if (name.trim()) save.mutate();
    else field.current?.focus();
  };
  return (
    <Dialog opened onClose={onClose} title={`Edit ${gateway.name}`} keepOnClickOutside>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <ProblemNote error={save.error} />
          <TextInput
            ref={field}
            label="Name"
            description="As it is called in this portal; its own pages keep their name."
            maxLength={64}
            value={name}
            data-autofocus
            error={missing ? 'Enter a name.' : undefined}
            errorProps={{ role: 'alert' }}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setMissing(false);
            }}
          />
          <NativeSelect
            label="Site"
            description="Whoever has another role there is put out of it at once."
            size="md"
            value={siteId}
            data={sites.map(({ id, name: site }) => ({ value: id, label: site }))}
            onChange={(event) => setSiteId(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
