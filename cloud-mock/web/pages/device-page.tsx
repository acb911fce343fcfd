import { SignedIn } from '../layout/signed-in.tsx';
export const DevicePage = () => <SignedIn width="narrow">{() => null}</SignedIn>;
