import { Dialog } from '../../parts/dialog.tsx';
import { SignInFlow } from './sign-in-flow.tsx';

interface Props {
  opened: boolean;
  email: string;
  onConfirmed(): void;
  onClose(): void;
}

/** Password (and code) again, before something that outlives this session. */
export const ConfirmItIsYou = ({ opened, email, onConfirmed, onClose }: Props) => (
  <Dialog opened={opened} onClose={onClose} title="Confirm that it is you" keepOnClickOutside>
    <SignInFlow fixedEmail={email} submitLabel="Confirm" onSignedIn={onConfirmed} />
  </Dialog>
);
