import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Account, Enrolment } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProofForm } from '../../parts/proof-form.tsx';
import { ConfirmSettings, ScanAndSubmit } from './enrol-steps.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

interface Props {
  opened: boolean;
  /** 2FA is on already and moves to another phone. */
  replacing: boolean;
  account: Account;
  onClose(): void;
}

type Step =
  | { name: 'settings' }
  | { name: 'password' }
  | { name: 'scan'; enrolment: Enrolment }
  | { name: 'recovery'; codes: string[] };

const order = ['settings', 'password', 'scan', 'recovery'];
const titles = {
  settings: 'Turn on Two-Factor Authentication',
  password: 'Enter your password',
  scan: 'Scan the QR code',
  recovery: 'Save your recovery codes',
};

/** The product guide's steps: confirm settings, password, QR in a pop-up, code, Submit; then our recovery codes. */
export function EnrolDialog({ opened, replacing, account, onClose }: Props) {
  const client = useQueryClient();
  const [step, setStep] = useState<Step>({ name: 'settings' });
  const saved = () => {
    onClose();
    notifications.show({ color: 'teal', message: 'Two-factor authentication is on.' });
  };
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      onClosed={() => setStep({ name: 'settings' })}
      title={replacing && step.name === 'settings' ? 'Set up a new phone' : titles[step.name]}
      subtitle={`Step ${order.indexOf(step.name) + 1} of ${order.length}`}
      size={step.name === 'scan' ? 620 : 500}
      // The codes are shown once: only "I saved them" leads out of the last step.
      locked={step.name === 'recovery'}
      keepOnClickOutside={step.name !== 'settings'}
    >
      {step.name === 'settings' && (
        <ConfirmSettings
          account={account}
          replacing={replacing}
          onConfirm={() => setStep({ name: 'password' })}
          onCancel={onClose}
        />
      )}
      {step.name === 'password' && (
        <ProofForm
          account={account}
          withCode={replacing}
          submitLabel="Next"
          run={(body) => call<Enrolment>('POST', '/two-factor/enrolment', { body })}
          onDone={(enrolment) => setStep({ name: 'scan', enrolment })}
          onCancel={onClose}
        />
      )}
      {step.name === 'scan' && (
        <ScanAndSubmit
          enrolment={step.enrolment}
          onEnabled={(codes) => {
            setStep({ name: 'recovery', codes });
            client.invalidateQueries({ queryKey: keys.session });
            client.invalidateQueries({ queryKey: keys.sessions });
            client.invalidateQueries({ queryKey: keys.history });
          }}
          onStartAgain={() => setStep({ name: 'password' })}
          onCancel={onClose}
        />
      )}
      {step.name === 'recovery' && (
        <RecoveryCodes account={account} codes={step.codes} onSaved={saved}>
          Two-factor authentication is on.
        </RecoveryCodes>
      )}
    </Dialog>
  );
}
