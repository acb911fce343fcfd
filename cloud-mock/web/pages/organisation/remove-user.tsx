import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Organisation, User } from '../../api/shapes.ts';
import { Confirm } from '../../parts/confirm.tsx';

interface Props {
  organisation: Organisation;
  /** Nobody: the question is not asked. */
  user: Pick<User, 'id' | 'name' | 'self'> | undefined;
  onClose(): void;
}

/** Put somebody out of the organisation, or leave it oneself. */
export function RemoveUser({ organisation, user, onClose }: Props) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: ({ id }: Pick<User, 'id' | 'name' | 'self'>) =>
      call<void>('DELETE', `/organisations/${organisation.id}/users/${id}`),
    async onSuccess(_, { self, name }) {
      onClose();
      notifications.show({ message: self ? `You left ${organisation.name}.` : `${name} was removed.` });
      await client.invalidateQueries({ queryKey: keys.users(organisation.id) });
      await client.invalidateQueries({ queryKey: keys.organisations });
      await client.invalidateQueries({ queryKey: keys.gateways });
    },
  });
  return (
    <Confirm
      opened={user !== undefined}
      title={user?.self ? `Leave ${organisation.name}?` : `Remove ${user?.name}?`}
      confirmLabel={user?.self ? 'Leave' : 'Remove'}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => user && remove.mutate(user)}
      onClose={() => {
        onClose();
        remove.reset();
      }}
    >
      <Text>
        {user?.self
          ? 'What you hold open at its VMS Locals ends at once. To come back you must be invited again.'
          : 'What they hold open at the VMS Locals ends at once. The TP-Link ID itself stays as it is.'}
      </Text>
    </Confirm>
  );
}
