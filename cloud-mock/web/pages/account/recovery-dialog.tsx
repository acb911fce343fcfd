import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Account } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProofForm } from '../../parts/proof-form.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface Props {
  opened: boolean;
  account: Account;
  onClose(): void;
}

/** Ten new recovery codes in place of the old ones. */
export function RecoveryDialog({ opened, account, onClose }: Props) {
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[]>();
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      onClosed={() => setCodes(undefined)}
      title={codes ? 'Save your recovery codes' : 'Get new recovery codes'}
      locked={codes !== undefined}
      keepOnClickOutside
    >
      {codes ? (
        <RecoveryCodes account={account} codes={codes} onSaved={onClose}>
          The codes you had before no longer work.
        </RecoveryCodes>
      ) : (
        <ProofForm
          account={account}
          withCode
          submitLabel="Get new codes"
          run={(body) => call<{ recoveryCodes: string[] }>('POST', '/two-factor/recovery-codes', { body })}
          onDone={({ recoveryCodes }) => {
            setCodes(recoveryCodes);
            client.invalidateQueries({ queryKey: keys.session });
            client.invalidateQueries({ queryKey: keys.history });
          }}
          onCancel={onClose}
        >
          <Text>You get ten new codes. The ones you have now stop working.</Text>
        </ProofForm>
      )}
    </Dialog>
  );
}
